import QueueCore
import QueueTestSupport
import Testing

@Suite struct Finishing {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a job that succeeds is completed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let started = now.wall
    let claimed = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(3))
    #expect(try store.end(claimed, by: worker, .exited(0), at: now) == .recorded(next: nil))

    var expected = Job(
      id: JobID(trusted: "job"), command: "true", state: .completed, attempts: 1, maxRetries: 3,
      queue: "default", priority: 0, createdAt: started, updatedAt: now.wall)
    expected.latestRun = Run(
      id: claimed.run, attempt: 1, worker: worker, startedAt: started, waited: .zero
    ).ended(RunReport(end: .exited(0), elapsed: .seconds(1)), at: now.wall)
    #expect(try store.job("job", at: now) == expected)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that fails waits for its backoff with the reason`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", command: "grep x", at: now)
    let started = now.wall
    let claimed = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(1))
    try store.end(claimed, by: worker, .exited(2), lastLine: "grep: no such file", at: now)

    var expected = Job(
      id: JobID(trusted: "job"), command: "grep x", state: .failed, attempts: 1, maxRetries: 3,
      queue: "default", priority: 0, createdAt: started, updatedAt: now.wall)
    expected.runAt = now.wall + .seconds(2)
    let report = RunReport(
      end: .exited(2), elapsed: .seconds(1), lastLine: "grep: no such file")
    expected.latestRun = Run(
      id: claimed.run, attempt: 1, worker: worker, startedAt: started, waited: .zero
    ).ended(report, at: now.wall)
    #expect(expected.latestRun?.error == "exit status 2: grep: no such file")
    #expect(try store.job("job", at: now) == expected)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job runs once plus its retries`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 3, at: now)
    var waits: [Duration?] = []
    for attempt in 1...4 {
      let claimed = try store.claim(for: worker, at: now)
      #expect(claimed.attempt == attempt)
      #expect(
        claimed.tally == RetryBudget(attempts: attempt - 1, crashes: 0, maxRetries: 3))
      try store.end(claimed, by: worker, .exited(1), at: now)
      guard case .nothing(let wait) = try store.claimNext(for: worker, at: now) else {
        Issue.record("nothing is ready right after a failure")
        return
      }
      waits.append(wait)
      clock.advance(by: wait ?? .zero)
    }
    #expect(waits == [.seconds(2), .seconds(4), .seconds(8), nil])

    let job = try store.job("job", at: now)
    #expect(job.state == .dead)
    #expect(job.attempts == 4)
    #expect(job.runAt == nil)
    clock.advance(by: .seconds(86_400))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stopped run is requeued unspent and ready at once`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", runAt: now.wall, at: now)
    let claimed = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(1))
    try store.end(claimed, by: worker, .stopped, at: now)

    let job = try store.job("job", at: now)
    #expect(job.state == .pending)
    #expect(job.attempts == 0)
    #expect(job.runAt == nil)
    #expect(job.updatedAt == now.wall)
    #expect(job.latestRun?.finishedAt == now.wall)
    #expect(job.latestRun?.error == "stopped with its worker")
    let again = try store.claim(for: worker, at: now)
    #expect(again.attempt == 1)
    #expect(again.run != claimed.run)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an empty wait delays nothing`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    var settings = Settings()
    settings.backoffMax = .zero
    let claimed = try store.claim(for: worker, at: now)
    try store.end(claimed, by: worker, .exited(1), settings: settings, at: now)
    #expect(try store.claim(for: worker, at: now).attempt == 2)
  }

  struct Ending: Sendable {
    var outcome: RunEnd
    var error: String?
    var completed = 0
    var failed = 0
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      Ending(outcome: .exited(0), completed: 1),
      Ending(outcome: .exited(3), error: "exit status 3", failed: 1),
      Ending(outcome: .signaled(11), error: "killed by signal 11", failed: 1),
      Ending(outcome: .timedOut, error: "timed out", failed: 1),
      Ending(outcome: .notStarted(127), error: "not started", failed: 1),
      Ending(outcome: .stopped, error: "stopped with its worker"),
    ])
  func `an outcome is stored in the run and in the worker's counts`(
    store: StoreUnderTest, ending: Ending
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, ending.outcome, at: now)

    let run = try #require(try store.job("job", at: now).latestRun)
    #expect(run.startedAt == now.wall && run.finishedAt == now.wall && run.worker == worker)
    #expect(run.error == ending.error)
    #expect(run.end == ending.outcome)
    let record = try store.record(of: worker)
    #expect([record.completed, record.failed] == [ending.completed, ending.failed])
    #expect(record.current == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a finish counts as a heartbeat`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let claimed = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(20))
    try store.end(claimed, by: worker, .exited(0), at: now)
    #expect(try store.record(of: worker).heartbeatAt == now.wall)
    #expect(try store.record(of: worker).heartbeatUptime == now.uptime)
  }

  // MARK: Claiming the next

  @Test(arguments: StoreUnderTest.all)
  func `a finish claims the next job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", at: now)
    try store.add("b", at: now)
    let first = try store.claim(for: worker, at: now)
    let answer = try store.end(first, by: worker, .exited(0), claimingNext: true, at: now)

    guard case .recorded(next: .job(let second), _) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(second.id.text == "b")
    #expect(second.run.number > first.run.number)
    #expect(try store.record(of: worker).current?.run == second.run)
    #expect(
      try store.end(second, by: worker, .exited(1), claimingNext: true, at: now)
        == .recorded(next: .nothing(nextDue: .seconds(2))))
    #expect(try store.allJobs(at: now).map(\.state) == [.failed, .completed])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker with a stop request finishes and gets no other job`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", at: now)
    try store.add("b", at: now)
    let job = try store.claim(for: worker, at: now)
    _ = try store.stopAll(.finishJob, at: now)
    #expect(
      try store.end(job, by: worker, .exited(0), claimingNext: true, at: now)
        == .recorded(next: .stop(.finishJob)))
    #expect(try store.allJobs(at: now).map(\.state) == [.pending, .completed])
  }

  // MARK: Fencing

  @Test(arguments: StoreUnderTest.all)
  func `an ended run can't end again`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let claimed = try store.claim(for: worker, at: now)
    try store.end(claimed, by: worker, .exited(0), at: now)
    let job = try store.job("job", at: now)
    let record = try store.record(of: worker)

    clock.advance(by: .seconds(9))
    #expect(
      try store.end(claimed, by: worker, .exited(1), claimingNext: true, at: now) == .superseded)
    #expect(try store.job("job", at: now) == job)
    #expect(try store.record(of: worker) == record)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an earlier run can't end a later one`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let slow = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.add("waiting", at: now)
    let lost = try store.claim(for: slow, at: now)
    clock.advance(by: .seconds(60))
    _ = try store.reclaim(try store.record(of: slow), maxCrashes: 3, at: now)
    let quick = try store.addWorker(at: now)
    let current = try store.claim(for: quick, at: now)
    #expect(current.id == lost.id)
    let before = try store.allJobs(at: now)
    let workers = try store.workers()

    clock.advance(by: .seconds(1))
    #expect(try store.end(lost, by: slow, .exited(0), claimingNext: true, at: now) == .superseded)
    #expect(try store.allJobs(at: now) == before)
    #expect(try store.workers() == workers)
    #expect(try store.end(current, by: quick, .exited(1), at: now) == .recorded(next: nil))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an unknown run can't end`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    var claimed = try store.claim(for: worker, at: now)
    claimed.run = RunID(claimed.run.number + 1)
    #expect(try store.end(claimed, by: worker, .exited(0), at: now) == .superseded)
    #expect(try store.job("job", at: now).state == .processing)
  }
}
