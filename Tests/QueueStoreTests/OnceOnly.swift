import QueueCore
import QueueTestSupport
import Testing

/// Unique keys: no two unfinished jobs may share one.
@Suite struct `Once only` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func job(_ id: String? = nil, key: String, maxRetries: Int? = nil) throws -> NewJob {
    try NewJob(
      id: id.map { try JobID($0) }, command: "true", uniqueKey: key, maxRetries: maxRetries)
  }

  @Test(arguments: StoreUnderTest.all)
  func `while a job with the key is unfinished, another is refused`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let taken = [EnqueueResult.keyTaken("k", by: JobID(trusted: "first"))]
    #expect(
      try store.add([try job("first", key: "k")], at: now) == [.added(JobID(trusted: "first"))])
    #expect(try store.add([try job("second", key: "k")], at: now) == taken)
    #expect(try store.add([try job(key: "k")], at: now) == taken)
    #expect(
      try store.add([try job("other", key: "l")], at: now) == [.added(JobID(trusted: "other"))])

    let first = try store.claim(for: worker, at: now)
    #expect(try store.add([try job("second", key: "k")], at: now) == taken, "it runs")
    try store.end(first, by: worker, .exited(1), at: now)
    #expect(try store.add([try job("second", key: "k")], at: now) == taken, "it is tried again")
    clock.advance(by: .seconds(2))
    #expect(try store.runNext(for: worker, at: now) == "first")
    #expect(
      try store.add([try job("second", key: "k")], at: now) == [.added(JobID(trusted: "second"))])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a taken id is reported as such`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("a", key: "k")], at: now)
    try store.add("b", at: now)
    #expect(try store.add([try job("b", key: "free")], at: now) == [.exists(JobID(trusted: "b"))])
    #expect(
      try store.add([try job("a", key: "k")], at: now) == [.keyTaken("k", by: JobID(trusted: "a"))],
      "of both the key")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a dead job isn't requeued while another holds its key`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["first", "second"] {
      try store.add([job(id, key: "k", maxRetries: 0)], at: now)
      try store.runNext(for: worker, .exited(1), at: now)
    }
    try store.add("plain", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(1), at: now)

    let retry = try store.retry(.dead(.matching(JobQuery())), dryRun: false, at: now)
    #expect(retry.jobs.map(\.text) == ["first", "plain"])
    #expect(retry.left.map(\.summary) == ["unfinished jobs hold their unique keys"])
    let states = try ["first", "second", "plain"].map { try store.job($0, at: now).state }
    #expect(states == [.pending, .dead, .pending])
    let error = #expect(throws: StoreError.self) {
      try store.retry(.dead(.named(["second"])), dryRun: false, at: now)
    }
    #expect(error?.code == .wrongState)
    #expect(error?.message.contains("\"k\"") == true)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a dependant of a job refused for its key waits for the holder`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add([try job("there", key: "k")], at: now)
    let next = try NewJob(
      id: JobID("next"), command: "true",
      prerequisites: [Prerequisite(reference: "absent", accepts: .success)], maxRetries: 1)
    #expect(
      try store.add([next, try job("absent", key: "k")], at: now)
        == [.added(JobID(trusted: "next")), .keyTaken("k", by: JobID(trusted: "there"))])
    #expect(try store.job("next", at: now).waitsFor.map(\.job.text) == ["there"])

    // The same in an import.
    var rest = try ["absent", "next"].map { id in
      var job = try #require(try store.exportPage(limit: 9, after: nil, at: now).jobs.last)
      job.asked = id == "next" ? next : try self.job("absent", key: "k", maxRetries: 1)
      if id == "next" { job.asked.id = JobID(trusted: "imported") }
      return job
    }[...]
    try store.importJobs(at: now, next: { rest.popFirst() }, each: { _ in })
    #expect(try store.job("imported", at: now).waitsFor.map(\.job.text) == ["there"])
  }
}
