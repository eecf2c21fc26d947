import QueueCore
import QueueTestSupport
import Testing

/// Conditions, and searches in steps.
@Suite struct `Searching in steps` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (.anywhere("CURL"), "flaky"), (.anywhere("refused"), "flaky"), (.anywhere("uri"), "buried"),
      (.id("LATE"), "later"), (.id("echo"), ""), (.command("echo"), "waiting later done"),
      (.command("done"), "later"), (.error("50% DONE_"), "buried"), (.error("50%done"), ""),
      (.command("\\D"), "waiting"), (.anywhere(String(repeating: "x", count: 60_000)), ""),
      (.command(""), "waiting later busy killed flaky buried done"), (.error("curl"), ""),
      (.exit(.init(7...7)), "flaky buried"), (.exit(.init(0...0)), "done"),
      (.exit(.init(1...9)), "flaky buried"), (.exit(.init(8...255)), "killed"),
      (.ended(.signaled(9)), "killed"),
      (.ended(.signaled(90)), ""), (.ended(.signaled(15)), ""), (.ended(.exited(0)), "done"),
      (.ended(.exited(7)), "flaky buried"), (.ended(.exited(8)), ""), (.ended(.lost), ""),
      (.exit(.one(137)), "killed"), (.exit(.one(9)), ""),
      (.workers([WorkerID(2), WorkerID(1)]), "busy killed flaky buried done"),
      (.workers([WorkerID(2)]), ""), (.workers([]), ""),
      (.state(.pending), "waiting later"), (.state(.dead), "killed buried"),
      (.priority(.equal, 0), "waiting later busy killed flaky buried done"),
      (.priority(.above, 0), ""), (.schedule("nightly"), ""),
      (.queue("mail"), "waiting flaky done"), (.queue("Mail"), ""),
      (.attempts(.above, 0), "killed flaky buried done"),
      (.attempts(.equal, 0), "waiting later busy"),
      (.attempts(.below, 1), "waiting later busy"),
    ] as [(JobPredicate.Test, String)])
  func `a condition matches some jobs, and its negation all others`(
    store: StoreUnderTest, expected: (test: JobPredicate.Test, ids: String)
  ) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let all = ["waiting", "later", "busy", "killed", "flaky", "buried", "done"]
    let wanted = expected.ids.split(separator: " ").map(String.init)
    for isNegated in [false, true] {
      var query = JobQuery()
      query.conditions = [JobPredicate(expected.test, isNegated: isNegated)]
      let ids = try store.allJobs(query, at: now).map(\.id.text)
      #expect(ids == all.filter { wanted.contains($0) != isNegated })
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a signal isn't confused with another, whatever the last output line`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for (id, outcome) in [("a", RunEnd.signaled(1)), ("b", .signaled(15)), ("c", .exited(1))] {
      try store.add(id, maxRetries: 0, at: now)
      try store.runNext(for: worker, outcome, lastLine: "killed by signal 1: bye", at: now)
    }
    var query = JobQuery()
    query.conditions = [JobPredicate(.ended(.signaled(1)))]
    #expect(try store.allJobs(query, at: now).map(\.id.text) == ["a"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a signal is stored and found, whatever the error`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", maxRetries: 0, at: now)
    let job = try store.claim(for: worker, at: now)
    let report = RunReport(end: .signaled(9), cause: "killed by signal 1", elapsed: .zero)
    try store.end(job, by: worker, report, at: now)
    let run = try #require(try store.job("a", at: now).latestRun)
    #expect(run.end == .signaled(9) && run.error == "killed by signal 1")
    for (signal, count) in [(9, 1), (1, 0)] {
      var query = JobQuery()
      query.conditions = [JobPredicate(.ended(.signaled(signal)))]
      #expect(try store.allJobs(query, at: now).count == count)
      #expect(try store.allJobs(JobQuery(exitStatuses: .one(128 + signal)), at: now).count == count)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `the time in a state is compared`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in ["a", "b", "c"] {
      try store.add(id, at: now)
      clock.advance(by: .seconds(1))
    }
    let middle = ManualClock.start.wall + .seconds(1)
    for (comparison, ids) in [(JobPredicate.Comparison.below, "a"), (.equal, "b"), (.above, "c")] {
      var query = JobQuery()
      query.conditions = [JobPredicate(.updated(comparison, middle))]
      #expect(try store.allJobs(query, at: now).map(\.id.text).joined() == ids)
    }
  }

  // MARK: Steps

  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for number in 1...20 {
      try store.add("job-\(number)", maxRetries: 0, at: now)
      guard number <= 12 else { continue }
      clock.advance(by: .seconds(number % 5))
      try store.runNext(for: worker, .exited(number % 3), at: now)
    }
  }

  private func query(_ state: JobState?, _ order: JobOrder) -> JobQuery {
    var query = JobQuery(states: state.map { [$0] } ?? [], search: "1")
    query.order = order
    return query
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (nil, JobOrder.newestFirst), (nil, JobOrder(.created, isReversed: true)),
      (.dead, .newestFirst), (.dead, JobOrder(.updated)), (.pending, JobOrder(.updated)),
      (.dead, JobOrder(.updated, isReversed: true)), (.dead, JobOrder(.runtime)),
    ] as [(JobState?, JobOrder)])
  func `steps of any size find the same as one search, in order`(
    store: StoreUnderTest, part: (state: JobState?, order: JobOrder)
  ) throws {
    let store = try store.open().store
    try fill(store)
    let query = query(part.state, part.order)
    let all = try store.jobs(query, limit: .max, after: nil, at: now).jobs
    #expect(!all.isEmpty)
    var everything = query
    everything.search = nil
    let total = try store.jobs(everything, limit: .max, after: nil, at: now).jobs.count
    for size in [1, 2, 3, 7, total, total + 1, 1000] {
      var jobs: [Job] = []
      var (found, examined) = (0, 0)
      var cursor: JobPage.Cursor?
      repeat {
        let step = try store.search(query, limit: .max, examining: size, after: cursor, at: now)
        jobs += step.jobs
        found += step.found
        examined += step.examined
        #expect(step.examined <= size)
        cursor = step.next
      } while cursor != nil
      #expect(jobs == all)
      #expect(found == all.count && examined == total)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `all matches are counted, and some returned`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try fill(store)
    let query = query(nil, .newestFirst)
    for limit in [0, 1, 3] {
      let step = try store.search(query, limit: limit, examining: 12, after: nil, at: now)
      #expect(step.jobs.count == limit && step.found == 10 && step.examined == 12)
      #expect(step.next != nil)
    }
    let none = try store.search(
      JobQuery(search: "nothing"), limit: 9, examining: 100, after: nil, at: now)
    #expect(none == JobSearchStep(jobs: [], found: 0, examined: 20, next: nil))
  }

  // MARK: Snapshots

  @Test(arguments: StoreUnderTest.all)
  func `concurrent changes are invisible until the read transaction ends`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    try own.add("before", at: now)
    let seen = try own.reading { () throws(StoreError) in
      let first = try own.summary()
      do { try other.add("meanwhile", at: now) } catch { Issue.record("\(error)") }
      return [first, try own.summary()]
    }
    #expect(seen[0] == seen[1])
    #expect(try own.summary().count(.pending) == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a failed read ends the transaction`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    #expect(throws: StoreError.self) {
      try own.reading { () throws(StoreError) in try own.job("nobody", at: now) }
    }
    try other.add("a", at: now)
    #expect(try own.summary().count(.pending) == 1)
    try own.add("b", at: now)
  }

  // MARK: Future jobs

  @Test(arguments: StoreUnderTest.all)
  func `future jobs are counted by queue, up to a limit`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add("now", at: now)
    for number in 1...3 {
      try store.add("a\(number)", queue: "a", runAt: now.wall + .seconds(number), at: now)
    }
    try store.add("b1", queue: "b", runAt: now.wall + .seconds(1), at: now)
    func count(_ queue: String?, _ limit: Int = 100) throws -> Int {
      try store.scheduledJobs(in: queue, atMost: limit, at: now)
    }
    #expect(
      try [count(nil), count("a"), count("b"), count("none"), count(nil, 2)] == [4, 3, 1, 0, 2])
    clock.advance(by: .seconds(1))
    #expect(try [count(nil), count("a"), count("b")] == [2, 2, 0], "their time has come")
  }
}
