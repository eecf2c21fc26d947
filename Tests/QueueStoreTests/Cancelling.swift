import QueueCore
import QueueTestSupport
import Testing

@Suite struct Cancelling {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a waiting job is cancelled at once and never claimed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("flaky", at: now)
    try store.runNext(for: worker, .exited(3), at: now)
    try store.add("plain", at: now)
    try store.add("later", runAt: now.wall + .seconds(60), at: now)
    var expected = try store.allJobs(at: now)
    clock.advance(by: .seconds(1))

    let found = try store.cancel(["flaky", "plain", "later"], at: now)
    #expect(found.map(\.state) == [.failed, .pending, .pending])
    for index in expected.indices {
      expected[index].state = .cancelled
      expected[index].updatedAt = now.wall
      if expected[index].id.text == "flaky" { expected[index].runAt = nil }
    }
    #expect(try store.allJobs(at: now) == expected)
    try expectSummaryMatchesRows(of: store, at: now)
    clock.advance(by: .seconds(120))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `if only waiting jobs are selected, a running one changes nothing at all`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["begun", "waits"] { try store.add(id, at: now) }
    _ = try store.claim(for: worker, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.cancel(
        JobSelection(.named(["waits", "begun"]), in: [.pending, .failed]), at: now)
    }
    #expect(error.code == .wrongState)
    #expect(try store.allJobs(at: now) == before)
    #expect(try store.renew(worker, at: now) == .known(nil))
    _ = try store.cancel(JobSelection(.named(["waits"]), in: [.pending, .failed]), at: now)
    #expect(try store.job("waits", at: now).state == .cancelled)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the worker of a running job gets the request, and the run ends unspent`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let (store, other) = (fixture.store, try fixture.anotherHandle())
    let workers = try (1...2).map { _ in try store.addWorker(at: now) }
    try store.add("job", at: now)
    try store.add("neighbour", at: now)
    let job = try store.claim(for: workers[0], at: now)
    _ = try store.claim(for: workers[1], at: now)
    let before = try store.job("job", at: now)

    #expect(try other.cancel(["job"], at: now) == [before])
    #expect(try store.job("job", at: now) == before, "it runs until its worker has ended it")
    #expect(try store.renew(workers[0], at: now) == .known(nil, cancelled: job.run))
    #expect(try store.renew(workers[1], at: now) == .known(nil))

    #expect(try store.end(job, by: workers[0], .cancelled, at: now) == .recorded(next: nil))
    let cancelled = try store.job("job", at: now)
    #expect(cancelled.state == .cancelled)
    #expect(cancelled.attempts == 0)
    #expect(cancelled.latestRun?.error == "cancelled")
    #expect(try store.renew(workers[0], at: now) == .known(nil))
    let record = try store.record(of: workers[0])
    #expect((record.completed, record.failed) == (0, 0))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (RunEnd.exited(1), 1), (.timedOut, 1), (.stopped, 0),
    ])
  func `a job that would continue after its run is cancelled`(
    store: StoreUnderTest, end: (outcome: RunEnd, attempts: Int)
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.add("next", at: now)
    let job = try store.claim(for: worker, at: now)
    _ = try store.cancel(["job"], at: now)

    let result = try store.end(job, by: worker, end.outcome, claimingNext: true, at: now)
    guard case .cancelled(next: .job(let next), _) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(next.id.text == "next")
    #expect(try store.renew(worker, at: now) == .known(nil))
    let ended = try store.job("job", at: now)
    #expect(ended.state == .cancelled)
    #expect(ended.runAt == nil)
    #expect(ended.attempts == end.attempts)
    #expect(
      ended.latestRun?.error == RunReport(end: end.outcome, elapsed: .zero).error,
      "the run ended as it did")
  }

  @Test(
    arguments: StoreUnderTest.all, [(RunEnd.exited(0), JobState.completed), (.exited(1), .dead)])
  func `a job that ended for good before the request was read stays as it ended`(
    store: StoreUnderTest, end: (outcome: RunEnd, state: JobState)
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 0, at: now)
    let job = try store.claim(for: worker, at: now)
    _ = try store.cancel(["job"], at: now)
    #expect(try store.end(job, by: worker, end.outcome, at: now) == .recorded(next: nil))
    #expect(try store.job("job", at: now).state == end.state)

    // The request ends with the run.
    guard end.state == .dead else { return }
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    _ = try store.claim(for: worker, at: now)
    #expect(try store.renew(worker, at: now) == .known(nil))
  }

  @Test(arguments: StoreUnderTest.all, [1, 3])
  func `a job whose worker died is cancelled, not requeued`(
    store: StoreUnderTest, maxCrashes: Int
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    _ = try store.cancel(["job"], at: now)
    let reclaimed = try store.reclaim(
      try store.record(of: worker), maxCrashes: maxCrashes, at: now)
    #expect(reclaimed == ReclaimedJob(job: JobID(trusted: "job"), state: .cancelled))
    let job = try store.job("job", at: now)
    #expect(job.state == .cancelled)
    #expect(job.latestRun?.error == "worker lost")
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `ended jobs stay unchanged`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    _ = try store.cancel(["waiting"], at: now)
    let before = try store.allJobs(at: now)
    clock.advance(by: .seconds(1))
    let found = try store.cancel(["done", "buried", "waiting"], at: now)
    #expect(found.map(\.state) == [.completed, .dead, .cancelled])
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: StoreUnderTest.all)
  func `if a named job is missing, none is cancelled`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal { _ = try store.cancel(["waiting", "busy", "nosuch"], at: now) }
    #expect(error == StoreError(.notFound, "no job is called \"nosuch\""))
    #expect(try store.allJobs(at: now) == before)
    let worker = try #require(try store.workers().first)
    #expect(try store.renew(worker.id, at: now) == .known(nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job named twice is cancelled once`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    #expect(try store.cancel(["0abc", "0abcdefghjk"], at: now).map(\.state) == [.pending])
    #expect(try store.cancel([], at: now) == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a requeued cancelled job keeps a future run time, and no other`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let tonight = now.wall + .seconds(3600)
    try store.add("tonight", runAt: tonight, at: now)
    try store.add("soon", runAt: now.wall + .seconds(1), at: now)
    try store.add("flaky", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    _ = try store.cancel(["tonight", "soon", "flaky"], at: now)
    clock.advance(by: .seconds(1))
    _ = try store.retry(["tonight", "soon", "flaky"], at: now)
    #expect(try store.job("tonight", at: now).runAt == tonight)
    #expect(try store.job("soon", at: now).runAt == nil)
    let first = try [store.runNext(for: worker, at: now), store.runNext(for: worker, at: now)]
    #expect(first == ["soon", "flaky"])
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(3599)))
    clock.advance(by: .seconds(3599))
    #expect(try store.runNext(for: worker, at: now) == "tonight")
  }
}
