import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

@Suite struct Removing {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Jobs that ended with `outcome`, a second apart; the last a second ago.
  private func end(
    _ ids: [String], _ outcome: RunEnd = .exited(0), queue: String = "default",
    in store: any JobStore
  ) throws {
    let worker = try store.addWorker(at: now)
    for id in ids {
      try store.add(id, queue: queue, maxRetries: 0, at: now)
      try store.runNext(for: worker, outcome, at: now)
      clock.advance(by: .seconds(1))
    }
    try store.deregister(worker)
  }

  private func ids(_ store: any JobStore) throws -> [String] {
    try store.allJobs(at: now).map(\.id.text).reversed()
  }

  /// Removes all matching jobs, step by step.
  private func removeAll(
    _ query: JobSelection, limit: Int = 100, in store: any JobStore
  ) throws -> [String] {
    var removed: [String] = []
    var cursor: JobPage.Cursor?
    repeat {
      let step = try store.remove(
        query, limit: limit, after: cursor, dryRun: false, at: now)
      #expect(step.jobs.count <= limit)
      removed += step.jobs.map(\.text)
      cursor = step.next
    } while cursor != nil
    return removed
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job is removed with its history, and its id is free again`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 1, at: now)
    for _ in 1...2 {
      try store.runNext(for: worker, .exited(3), at: now)
      clock.advance(by: .seconds(2))
    }
    let runs = try store.runs(of: "job").map(\.id)
    #expect(runs.count == 2)
    let step = try store.remove(
      .all([.dead]), limit: 10, after: nil, dryRun: false, at: now)
    #expect(step.jobs == [JobID(trusted: "job")])
    #expect(Set(step.runs) == Set(runs))
    #expect(step.next == nil)
    #expect(try store.allJobs(at: now) == [])
    try expectSummaryMatchesRows(of: store, at: now)
    #expect(try refusal { _ = try store.job("job", at: now) }.code == .notFound)

    try store.add("job", at: now)
    #expect(try store.runs(of: "job").isEmpty)
    let next = try store.claim(for: worker, at: now).run
    #expect(runs.allSatisfy { $0.number < next.number }, "a run's number is never used again")
  }

  /// Along the tag's rows: by time of ending, each step would go through other jobs, too.
  @Test(arguments: StoreUnderTest.all, [1, 2, 5])
  func `jobs of a tag are removed in steps, in order of arrival`(
    store: StoreUnderTest, limit: Int
  ) throws {
    let store = try store.open().store
    try end(["f"], in: store)
    var spec = JobSpec(command: "true")
    spec.tags = ["t"]
    try store.add(["a", "b", "c", "d", "e"].map { try NewJob(id: JobID($0), spec) }, at: now)
    for id in ["d", "a", "e", "b"] {
      _ = try store.cancel([id], at: now)
      clock.advance(by: .seconds(1))
    }
    var query = JobQuery()
    query.tags = ["t"]
    let selection = JobSelection(.matching(query), in: [.completed, .cancelled])
    #expect(try removeAll(selection, limit: limit, in: store) == ["a", "b", "d", "e"])
    #expect(try ids(store) == ["f", "c"])
  }

  @Test(arguments: StoreUnderTest.all, [1, 2, 3, 5])
  func `jobs are removed in steps, the earliest end first`(store: StoreUnderTest, limit: Int)
    throws
  {
    let store = try store.open().store
    try end(["a", "b", "c", "d", "e"], in: store)
    #expect(
      try removeAll(.all([.completed]), limit: limit, in: store) == ["a", "b", "c", "d", "e"])
    #expect(try ids(store) == [])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs that ended at the same moment are each removed once`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in ["a", "b", "c"] { try store.add(id, at: now) }
    _ = try store.cancel(["c", "a", "b"], at: now)
    #expect(try removeAll(.all([.cancelled]), limit: 1, in: store) == ["a", "b", "c"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `only matching jobs of that state and age are removed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try end(["a", "b"], in: store)
    try end(["m"], queue: "mail", in: store)
    try end(["d1", "d2"], .exited(7), in: store)
    try end(["d3"], .exited(8), in: store)
    try store.add("waits", at: now)
    // The latest ended a second ago, the earliest six.
    #expect(try removeAll(.all([.completed], age: .milliseconds(5001)), in: store) == ["a"])
    #expect(
      try removeAll(.all([.completed], matching: JobQuery(queue: "mail")), in: store) == ["m"])
    let failed = JobQuery(states: [.completed], exitStatuses: .one(7))
    #expect(try removeAll(.all([.dead], matching: failed), in: store) == ["d1", "d2"])
    #expect(try removeAll(.all([.dead], matching: JobQuery(search: "no")), in: store) == [])
    #expect(try ids(store) == ["b", "d3", "waits"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `setting the wall clock ahead doesn't age jobs`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try end(["a"], in: store)
    clock.jumpWall(by: .seconds(1000 * 86_400))
    let query = JobSelection.all([.completed], age: .seconds(7 * 86_400))
    #expect(try removeAll(query, in: store) == [])
    clock.advance(by: .seconds(8 * 86_400))
    #expect(try removeAll(query, in: store) == ["a"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs that others need are kept, and those after them are removed`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try end(["a", "b", "c"], .exited(1), in: store)
    let needsA = Prerequisite(reference: "a", accepts: .success)
    try store.add(
      [try NewJob(id: JobID("later"), command: "true", prerequisites: [needsA])], at: now)
    let step = try store.remove(
      .all([.dead]), limit: 1, after: nil, dryRun: false, at: now)
    #expect(step.jobs == [])
    #expect(step.left.count == 1)
    #expect(try removeAll(.all([.dead]), limit: 1, in: store) == ["b", "c"])

    for dryRun in [true, false] {
      let error = try refusal {
        _ = try store.remove(.dead(.named(["a"])), limit: .max, after: nil, dryRun: dryRun, at: now)
      }
      #expect(error.code == .wrongState)
      #expect(error.message.contains("waits for job"), "\(error)")
    }
    #expect(try ids(store) == ["a", "later"])
    _ = try store.cancel(["later"], at: now)
    #expect(try removeAll(.all([.cancelled]), in: store) == ["later"])
    #expect(try removeAll(.all([.dead]), in: store) == ["a"])
  }

  /// A dead job and a chain of dependants, cancelled from the end.
  private func chain(in store: any JobStore) throws {
    try end(["a"], .exited(1), in: store)
    let links = try [("b", "a"), ("c", "b"), ("d", "c")].map { id, before in
      try NewJob(
        id: JobID(id), command: "true",
        prerequisites: [Prerequisite(reference: before, accepts: .success)])
    }
    try store.add(links, at: now)
    for id in ["d", "c", "b"] {
      _ = try store.cancel([id], at: now)
      clock.advance(by: .seconds(1))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `only unfinished jobs protect others, so one call removes a chain`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try chain(in: store)
    let told = try store.remove(
      .all([.cancelled]), limit: 10, after: nil, dryRun: true, at: now)
    #expect(told.jobs.map(\.text) == ["d", "c", "b"])
    #expect(try removeAll(.all([.cancelled]), limit: 1, in: store) == ["d", "c", "b"])
    #expect(
      try store.remove(.dead(.named(["a"])), limit: .max, after: nil, dryRun: false, at: now).jobs
        .map(\.text) == ["a"])

    try chain(in: store)
    #expect(
      try store.remove(.dead(.named(["a"])), limit: .max, after: nil, dryRun: true, at: now).jobs
        .map(\.text) == ["a"])
    #expect(try removeAll(.all([.dead]), in: store) == ["a"], "keep-dead isn't held up")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cancelled job isn't requeued once its prerequisite was removed`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try chain(in: store)
    _ = try store.remove(.dead(.named(["a"])), limit: .max, after: nil, dryRun: false, at: now)
    // The next job's row may reuse the number of the removed one.
    try end(["e"], in: store)
    let error = try refusal { _ = try store.retry(["b"], at: now) }
    #expect(
      error.message
        == #"job "b" needs the success of a removed job: "queuectl rerun" copies it without that"#)
    #expect(error.code == .wrongState)
    _ = try store.retry(["c"], at: now)
    #expect(try store.job("c", at: now).waitsFor.map(\.job.text) == ["b"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `runs are kept until their job is removed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try end(["a", "b", "c"], .exited(1), in: store)
    #expect(try store.knownRuns(0...999) == [1, 2, 3])
    #expect(try store.knownRuns(2...2) == [2])
    _ = try store.remove(.dead(.named(["b"])), limit: .max, after: nil, dryRun: false, at: now)
    #expect(try store.knownRuns(0...999) == [1, 3])
  }

  @Test(arguments: StoreUnderTest.all, [["c"], ["c", "b"], ["b", "c"], ["a", "b", "c"], ["a"]])
  func `a run number is never reused, whichever jobs were removed`(
    store: StoreUnderTest, removed: [String]
  ) throws {
    let store = try store.open().store
    try end(["a", "b", "c"], .exited(1), in: store)
    for id in removed {
      _ = try store.remove(.dead(.named([id])), limit: .max, after: nil, dryRun: false, at: now)
    }
    try end(["d"], .exited(1), in: store)
    #expect(try store.runs(of: "d").map(\.id.number) == [4])
    #expect(try store.knownRuns(0...999).count == 4 - removed.count)
    _ = try store.remove(.dead(.named(["d"])), limit: .max, after: nil, dryRun: false, at: now)
    try end(["e"], .exited(1), in: store)
    #expect(try store.runs(of: "e").map(\.id.number) == [5])
  }

  @Test func `of all removed runs, one row is left`() throws {
    let directory = try TemporaryDirectory()
    let store = try #require(
      try SQLiteJobStore.open(directory.file("queue.db"), creating: true))
    for _ in 1...3 {
      try end(["a", "b"], .exited(1), in: store)
      #expect(try removeAll(.all([.dead]), limit: 1, in: store) == ["a", "b"])
    }
    let rows = try store.connection.all("SELECT id, job FROM runs") { row in
      [row.int64(0), row.int64(1)]
    }
    #expect(rows == [[6, 0]])
    #expect(try store.knownRuns(0...999) == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a dry run only reports`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try end(["a", "b", "c"], .exited(1), in: store)
    let before = try store.allJobs(at: now)
    let step = try store.remove(
      .all([.dead]), limit: 2, after: nil, dryRun: true, at: now)
    #expect(step.jobs.map(\.text) == ["a", "b"])
    let rest = try store.remove(
      .all([.dead]), limit: 2, after: step.next, dryRun: true, at: now)
    #expect(rest.jobs.map(\.text) == ["c"])
    #expect(
      try store.remove(.dead(.named(["b"])), limit: .max, after: nil, dryRun: true, at: now).jobs
        .map(\.text) == ["b"])
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: StoreUnderTest.all)
  func `dead jobs are discarded by name`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try end(["a", "0abcdefghjk", "c"], .exited(1), in: store)
    let step = try store.remove(
      .dead(.named(["c", "0abc", "c"])), limit: .max, after: nil, dryRun: false, at: now)
    #expect(step.jobs.map(\.text) == ["c", "0abcdefghjk"])
    #expect(step.runs.count == 2)
    #expect(try ids(store) == ["a"])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all, ["done", "busy", "waiting", "flaky", "none"])
  func `if a named job isn't dead, none is discarded`(store: StoreUnderTest, other: String) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.remove(
        .dead(.named(["buried", other])), limit: .max, after: nil, dryRun: false, at: now)
    }
    if other == "none" {
      #expect(error.code == .notFound)
    } else {
      #expect(error.code == .wrongState)
      #expect(error.message.hasSuffix("not dead"), "\(error)")
    }
    #expect(try store.allJobs(at: now) == before)
  }
}
