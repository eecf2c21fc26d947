import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

/// A worker whose server is out of its reach, while other hosts may reach it.
@Suite struct `A worker that lost touch with a server` {
  let bench: WorkerBench
  let store: InMemoryJobStore

  init() throws {
    bench = try WorkerBench(.inMemory, isOnServer: true)
    store = try #require(bench.store as? InMemoryJobStore)
  }

  private var uptime: Duration { bench.clock.now().uptime - ManualClock.start.uptime }

  private func start(_ id: String = "job", timeout: Duration? = nil) throws {
    let job = try NewJob(id: JobID(id), command: "x", timeout: timeout, maxRetries: 0)
    try store.add([job], at: bench.clock.now())
    try bench.step(rung: true)
  }

  private func cut() { store.outage = StoreError(.cannotOpen, "can't reach the server") }

  @Test(arguments: ["30s", "2m", "1h"], ["0s", "10s", "1h"])
  func `FAULT 106: the run is killed before the lease is over, and given back unspent`(
    lease: String, grace: String
  ) throws {
    try bench.set("host-lease", lease)
    try bench.set("kill-grace", grace)
    let limit = try store.settings().hostLease
    // A longer lease counts once the second one has sent it.
    for _ in 1...2 {
      bench.worker.lookAtOrders()
      try bench.step()
    }
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try start()
    let heard = uptime
    cut()
    try bench.run(for: limit) { bench.runner.signals.last == .kill }
    #expect(bench.runner.signals == [.terminate, .kill])
    #expect(uptime - heard < limit - .seconds(4) && uptime - heard >= limit / 3)
    #expect(
      bench.events.count { if case .cutOff = $0 { true } else { false } } == 1)
    store.outage = nil
    try bench.run { bench.runner.started.count == 2 }
    let job = try bench.job("job")
    #expect(job.attempts == 0 && job.state == .processing)
    #expect(try store.runs(of: "job").last?.end == .stopped)
  }

  @Test func `FAULT 106: a shorter outage doesn't end the run`() throws {
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(300)) }
    try start()
    cut()
    try bench.run(for: .seconds(120)) { uptime >= .seconds(90) }
    store.outage = nil
    try bench.run { try bench.state("job") == .completed }
    #expect(bench.runner.signals.isEmpty)
  }

  @Test(arguments: [RunEnd.exited(0), .exited(1)], [1, 30])
  func `FAULT 106: what a run leaves is ended if its end isn't recorded`(
    end: RunEnd, seconds: Int
  ) throws {
    bench.runner.behavior = { _ in .ends(end, after: .seconds(seconds)) }
    try start()
    let heard = uptime
    cut()
    // What a failed run leaves is ended at once, if the worker gets that far.
    try bench.run(for: .seconds(120)) { !bench.runner.ended.isEmpty }
    let first = uptime - heard
    #expect(
      (.seconds(98) ... .seconds(108)).contains(first)
        || !end.isSuccess && first < .seconds(35))
    try bench.run(for: .seconds(120)) { uptime - heard > .seconds(115) }
    store.outage = nil
    try bench.run { try !bench.state("job").isUnfinished }
  }

  @Test func `FAULT 106: a longer host-lease counts once it is sent with a heartbeat`() throws {
    try bench.set("host-lease", "30s")
    bench.worker.lookAtOrders()
    try bench.step()
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try start()
    let heard = uptime
    try bench.set("host-lease", "1h")
    // This one sends the earlier setting, and reads the new one.
    bench.worker.lookAtOrders()
    try bench.step()
    cut()
    try bench.run(for: .seconds(30)) { bench.runner.signals.last == .kill }
    #expect(bench.runner.signals == [.terminate, .kill] && uptime - heard < .seconds(26))
  }

  @Test func `FAULT 104: a run whose end the server lost in a failover is given back`() throws {
    store.tellsHeldRun = true
    try store.add("job", at: bench.clock.now())
    // The store has a run in the worker's hands that this knows nothing about.
    let claim = try store.claimNext(for: bench.worker.id, at: bench.clock.now())
    let run = try #require(claim.job?.run)
    bench.worker.lookAtOrders()
    try bench.run { try bench.state("job") == .completed }
    let runs = try store.runs(of: "job")
    #expect(runs.map(\.end) == [.exited(0), .lost] && runs.last?.id == run)
    #expect(bench.runner.started.map(\.run) == [runs[0].id])
  }

  @Test func `the long grace of a job that is being ended is cut short, too`() throws {
    try bench.set("kill-grace", "1h")
    bench.worker.lookAtOrders()
    try bench.step()
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try start(timeout: .seconds(20))
    cut()
    try bench.run(for: .seconds(119)) { bench.runner.signals.last == .kill }
    #expect(bench.runner.signals == [.terminate, .kill])
  }

  @Test func `a file's worker goes on: no other host reaches the file either`() throws {
    let bench = try WorkerBench(.inMemory)
    let store = try #require(bench.store as? InMemoryJobStore)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try store.add("job", at: bench.clock.now())
    try bench.step()
    store.outage = StoreError(.full, "the disk is full")
    let end = bench.clock.now().uptime + .seconds(600)
    try bench.run { bench.clock.now().uptime >= end }
    #expect(bench.runner.started.count == 1 && bench.runner.signals.isEmpty)
  }

  @Test func `a claimed job isn't started long after the last heartbeat that was answered`() throws
  {
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(1)) }
    try store.add("job", at: bench.clock.now())
    // The claim succeeds, and then nothing is answered for a while.
    _ = try bench.worker.step(at: bench.clock.now())
    cut()
    bench.clock.advance(by: .seconds(60))
    _ = try bench.worker.step(at: bench.clock.now())
    #expect(bench.runner.started.isEmpty)
    bench.clock.advance(by: .seconds(2))
    store.outage = nil
    try bench.run { try bench.state("job") == .completed }
    #expect(bench.runner.started.count == 1)
  }
}
