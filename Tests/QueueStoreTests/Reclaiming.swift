import QueueCore
import QueueTestSupport
import Testing

@Suite struct Reclaiming {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Registers a worker, lets it claim the next job and vanish, and reclaims the job.
  @discardableResult
  private func loseNext(in store: any JobStore, maxCrashes: Int = 3) throws -> ReclaimedJob? {
    let worker = try store.addWorker(at: now)
    _ = try store.claim(for: worker, at: now)
    return try store.reclaim(try store.record(of: worker), maxCrashes: maxCrashes, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lost job is ready at once and unspent`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", runAt: now.wall, at: now)
    let started = now.wall
    let lost = try store.claim(for: worker, at: now)
    var expected = try store.job("job", at: now)
    clock.advance(by: .seconds(2))
    let reclaimed = try store.reclaim(try store.record(of: worker), maxCrashes: 3, at: now)
    #expect(reclaimed == ReclaimedJob(job: lost.id, state: .pending))

    expected.state = .pending
    expected.runAt = nil
    expected.updatedAt = now.wall
    expected.latestRun = Run(
      id: lost.run, attempt: 1, worker: worker, startedAt: started, waited: .zero
    ).ended(RunReport(end: .lost, elapsed: .seconds(2)), at: now.wall)
    #expect(try store.job("job", at: now) == expected)
    #expect(try store.workers() == [])
    try expectSummaryMatchesRows(of: store, at: now)

    let next = try store.addWorker(at: now)
    let again = try store.claim(for: next, at: now)
    #expect(again.id == lost.id)
    #expect(again.attempt == 1)
    #expect(again.run.number > lost.run.number)
    #expect(again.tally == RetryBudget(attempts: 0, crashes: 1, maxRetries: 3))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lost run can't end, and its worker must register again`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let (paused, reaper) = (fixture.store, try fixture.anotherHandle())
    let worker = try paused.addWorker(at: now)
    try paused.add("job", at: now)
    let lost = try paused.claim(for: worker, at: now)
    clock.advance(by: .seconds(60))
    _ = try reaper.reclaim(try reaper.record(of: worker), maxCrashes: 3, at: now)
    let job = try reaper.job("job", at: now)

    clock.advance(by: .seconds(1))
    #expect(
      try paused.end(lost, by: worker, .exited(0), claimingNext: true, at: now) == .superseded)
    #expect(try reaper.job("job", at: now) == job)
    #expect(try paused.renew(worker, at: now) == .evicted)
    #expect(try paused.claimNext(for: worker, at: now) == .evicted)
  }

  @Test(arguments: StoreUnderTest.all, 1...4)
  func `a job that loses too many workers in a row is dead`(store: StoreUnderTest, maxCrashes: Int)
    throws
  {
    let store = try store.open().store
    try store.add("poison", at: now)
    let id = JobID(trusted: "poison")
    for crashes in 1..<maxCrashes {
      let delay: Duration? = crashes == 1 ? nil : .seconds(1 << (crashes - 1))
      #expect(
        try loseNext(in: store, maxCrashes: maxCrashes)
          == ReclaimedJob(job: id, state: delay == nil ? .pending : .failed, delay: delay))
      clock.advance(by: delay ?? .zero)
    }
    #expect(
      try loseNext(in: store, maxCrashes: maxCrashes) == ReclaimedJob(job: id, state: .dead))

    let job = try store.job("poison", at: now)
    #expect(job.state == .dead)
    #expect(job.attempts == 0)
    #expect(job.runAt == nil)
    #expect(
      job.latestRun?.error == "worker lost; \(maxCrashes) workers in a row died with this job")
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `other jobs run beside a poison job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("poison", at: now)
    try store.add("good", at: now)
    for _ in 1...2 { try loseNext(in: store) }
    let worker = try store.addWorker(at: now)
    #expect(try store.runNext(for: worker, at: now) == "good")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 17: a job that lost several workers waits in queue time, by its own backoff`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.set(try Setting.named("backoff-base"), to: "5")
    let rules = RetryRules(backoffBase: 3, backoffMax: .seconds(10))
    try store.add(
      [
        try NewJob(id: JobID("own"), command: "true", retryRules: rules),
        try NewJob(id: JobID("common"), command: "true"),
      ], at: now)
    for id in ["own", "common"] {
      _ = try loseNext(in: store, maxCrashes: 9)
      #expect(try loseNext(in: store, maxCrashes: 9)?.job.text == id)
    }
    #expect(try store.job("own", at: now).runAt == now.wall + .seconds(3))
    #expect(try store.job("common", at: now).runAt == now.wall + .seconds(5))
    clock.jumpWall(by: .seconds(3600))
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(3)))
    clock.advance(by: .seconds(3))
    #expect(try store.claim(for: worker, at: now).id.text == "own")
    clock.advance(by: .seconds(2))
    let other = try store.addWorker(at: now)
    #expect(try store.claim(for: other, at: now).tally.crashes == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run that ends by itself resets the crash count`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try store.add("job", at: now)
    try loseNext(in: store)
    try loseNext(in: store)
    clock.advance(by: .seconds(2))
    let worker = try store.addWorker(at: now)
    let failing = try store.claim(for: worker, at: now)
    #expect(failing.tally.crashes == 2)
    try store.end(failing, by: worker, .exited(1), at: now)
    clock.advance(by: .seconds(2))
    #expect(try loseNext(in: store)?.state == .pending)
    #expect(try store.job("job", at: now).attempts == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stopped run keeps the crash count`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("job", at: now)
    try loseNext(in: store)
    let worker = try store.addWorker(at: now)
    try store.runNext(for: worker, .stopped, at: now)
    #expect(try store.claim(for: worker, at: now).tally.crashes == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the row of an idle worker is just removed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("job", at: now)
    let gone = try store.addWorker(at: now)
    let alive = try store.addWorker(at: now)
    let job = try store.job("job", at: now)
    #expect(try store.reclaim(try store.record(of: gone), maxCrashes: 3, at: now) == nil)
    #expect(try store.workers().map(\.id) == [alive])
    #expect(try store.job("job", at: now) == job)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stopping worker that vanishes is reclaimed like any other`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    let seen = try store.record(of: worker)
    _ = try store.stopAll(.finishJob, at: now)
    #expect(try store.reclaim(seen, maxCrashes: 3, at: now)?.state == .pending)
  }

  // MARK: The two steps

  @Test(arguments: StoreUnderTest.all)
  func `an evicted worker is fenced off, and its job isn't ready until it is released`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let store = fixture.store
    let lost = try store.addWorker(at: now)
    try store.add("job", at: now)
    let run = try store.claim(for: lost, at: now)
    var expected = try store.record(of: lost)
    let job = try store.job("job", at: now)
    #expect(try store.evict(expected))

    expected.isEvicted = true
    #expect(try store.end(run, by: lost, .exited(0), claimingNext: true, at: now) == .superseded)
    #expect(try store.renew(lost, at: now) == .evicted)
    #expect(try store.claimNext(for: lost, at: now) == .evicted)
    try store.deregister(lost)
    #expect(try store.record(of: lost) == expected)
    #expect(try store.job("job", at: now) == job)
    let other = try store.addWorker(at: now)
    #expect(try store.claimNext(for: other, at: now) == .nothing(nextDue: nil))

    let released = try fixture.anotherHandle().requeue(lost, maxCrashes: 3, at: now)
    #expect(released == ReclaimedJob(job: job.id, state: .pending))
    #expect(try store.claim(for: other, at: now).id == job.id)
    #expect(try store.workers().map(\.id) == [other])
  }

  @Test(arguments: StoreUnderTest.all)
  func `any process can continue with an evicted worker`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    let lost = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: lost, at: now)
    #expect(try store.evict(try store.record(of: lost)))
    let next = try fixture.anotherHandle()
    #expect(try next.reclaim(try next.record(of: lost), at: now)?.state == .pending)
    #expect(try store.requeue(lost, maxCrashes: 3, at: now) == nil)
    #expect(try !store.evict(WorkerRecord(id: lost, process: .example(), queues: [], at: now)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `only an evicted worker can be released`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let run = try store.claim(for: worker, at: now)
    #expect(try store.requeue(worker, maxCrashes: 3, at: now) == nil)
    #expect(try store.end(run, by: worker, .exited(0), at: now) == .recorded(next: nil))
    #expect(try store.workers().map(\.id) == [worker])
  }

  // MARK: Live workers

  @Test(arguments: StoreUnderTest.all)
  func `a worker that sent a heartbeat since keeps its job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    let seen = try store.record(of: worker)
    clock.advance(by: .seconds(31))
    _ = try store.renew(worker, at: now)
    let record = try store.record(of: worker)

    #expect(try store.reclaim(seen, maxCrashes: 3, at: now) == nil)
    #expect(try store.record(of: worker) == record)
    #expect(try store.job("job", at: now).state == .processing)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a heartbeat at the same wall time, after a clock change, keeps the job`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    let seen = try store.record(of: worker)
    clock.advance(by: .seconds(31))
    clock.jumpWall(by: .seconds(-31))
    _ = try store.renew(worker, at: now)
    #expect(try store.record(of: worker).heartbeatAt == seen.heartbeatAt)
    #expect(try store.reclaim(seen, maxCrashes: 3, at: now) == nil)
    #expect(try store.job("job", at: now).state == .processing)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker that has changed its job keeps it`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", at: now)
    try store.add("b", at: now)
    let first = try store.claim(for: worker, at: now)
    let seen = try store.record(of: worker)
    // At the same time, so that only the run distinguishes the records.
    try store.end(first, by: worker, .exited(0), claimingNext: true, at: now)
    #expect(try store.reclaim(seen, maxCrashes: 3, at: now) == nil)
    #expect(try store.job("b", at: now).state == .processing)
    #expect(try store.workers().map(\.id) == [worker])
  }

  @Test(arguments: StoreUnderTest.all)
  func `only one of two reclaims gets the job`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    let seen = try store.record(of: worker)
    #expect(try store.reclaim(seen, maxCrashes: 3, at: now) != nil)
    #expect(try fixture.anotherHandle().reclaim(seen, maxCrashes: 3, at: now) == nil)

    let next = try store.addWorker(at: now)
    #expect(try store.claim(for: next, at: now).tally.crashes == 1)
  }
}
