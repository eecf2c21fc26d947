import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

/// A store that can't be written for a while, as on a full disk; runs are still attended to.
@Suite struct `An unwritable store` {
  let bench: WorkerBench
  let store: InMemoryJobStore

  init() throws {
    bench = try WorkerBench(.inMemory)
    store = try #require(bench.store as? InMemoryJobStore)
  }

  private func breakStore() { store.outage = StoreError(.full, "the disk is full") }

  private func start(_ id: String, timeout: Duration? = nil) throws {
    let job = try NewJob(id: JobID(id), command: "x", timeout: timeout, maxRetries: 0)
    try store.add([job], at: bench.clock.now())
    try bench.step()
    breakStore()
  }

  private var troubles: Int {
    bench.events.count { if case .trouble = $0 { true } else { false } }
  }

  @Test func `FAULT 60: a timeout is enforced`() throws {
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try start("slow", timeout: .seconds(7))
    #expect(try bench.run { bench.runner.signals == [.terminate] } == .seconds(7))
    #expect(try bench.run { bench.runner.signals == [.terminate, .kill] } == .seconds(10))
    store.outage = nil
    try bench.run { try bench.state("slow") == .dead }
    #expect(try bench.job("slow").latestRun?.error == "timed out after 7s")
  }

  @Test func `the worker still updates its lock file`() throws {
    var signs: [Duration] = []
    let worker = try Worker(
      Worker.Configuration(process: .example(pid: 7)), store: store, runner: bench.runner,
      reclaimer: Reclaimer(
        store: store, runner: bench.runner, liveness: Liveness(site: .example) { _ in .yes }),
      zone: { _ in .utc }, at: bench.clock.now(), sign: { signs.append($0) }, tell: { _ in })
    breakStore()
    let start = bench.clock.now().uptime
    while bench.clock.now().uptime < start + .seconds(60) {
      guard case .wait(let pause) = try worker.step(at: bench.clock.now()) else { break }
      bench.clock.advance(by: max(pause, .milliseconds(1)))
    }
    #expect(signs.count >= 12)
    #expect(zip(signs, signs.dropFirst()).allSatisfy { $1 - $0 <= .seconds(6) }, "\(signs)")
  }

  @Test func `while a job runs, the worker waits for other writers only briefly`() throws {
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(20)) }
    try bench.step()
    #expect(store.busyTimeout == .usual)
    try store.add("job", at: bench.clock.now())
    try bench.step(rung: true)
    bench.clock.advance(by: .seconds(5))
    try bench.step()
    #expect(store.busyTimeout == .whileRunning)
    try bench.run { try bench.state("job") == .completed }
    try bench.step()
    #expect(store.busyTimeout == .usual, "nothing needs care any more")
  }

  /// Other workers may have been blocked as well, so their heartbeats must be able to arrive first.
  @Test func `after an outage a worker doesn't judge silence at once`() throws {
    let other = try store.addWorker(at: bench.clock.now())
    for _ in 1...29 {
      try bench.step()
      bench.clock.advance(by: .seconds(1))
    }
    bench.worker.lookAtOrders()
    try bench.step()
    // Its own next heartbeat isn't due yet when the other worker is silent for too long.
    store.outage = StoreError(.busy, "somebody holds it")
    for _ in 1...3 {
      bench.clock.advance(by: .seconds(1))
      try bench.step()
    }
    #expect(troubles > 0)
    store.outage = nil
    for _ in 1...4 {
      bench.clock.advance(by: .milliseconds(500))
      try bench.step()
    }
    #expect(try store.renew(other, at: bench.clock.now()) == .known(nil))
    try bench.run(for: .seconds(60)) { try !store.workers().contains { $0.id == other } }
  }

  @Test func `FAULT 60: a second stop ends the job`() throws {
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try start("job")
    try bench.run { troubles > 0 }
    bench.worker.stop(.endJob)
    try bench.step()
    #expect(bench.runner.signals == [.terminate], "it doesn't wait for the store")
    store.outage = nil
    try bench.run { bench.events.last == .left }
    #expect(try bench.state("job") == .pending)
  }

  @Test func `FAULT 60: an ended job is reaped once, and stored later`() throws {
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(20)) }
    try start("job")
    #expect(bench.worker.processDescriptors == [7])
    try bench.run { bench.worker.processDescriptors == [] }
    let before = troubles
    try bench.run(for: .seconds(61)) { troubles >= before + 60 }
    #expect(bench.clock.now().uptime - ManualClock.start.uptime >= .seconds(20 + 59))
    #expect(try bench.state("job") == .processing)
    store.outage = nil
    try bench.run { try bench.state("job") == .completed }
    #expect(bench.runner.started.count == 1)
  }

  @Test func `FAULT 60: a failed heartbeat is retried well within the lease`() throws {
    try bench.set("poll-interval", "1m")
    bench.worker.lookAtOrders()
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try start("job")
    try bench.run { troubles == 1 }
    store.outage = nil
    try bench.run(for: .seconds(5)) {
      try store.record(of: bench.worker.id).silence(at: bench.clock.now()) == .zero
    }
  }

  @Test func `FAULT 60: after a notification the claim is retried`() throws {
    try bench.step()
    let other = store.anotherHandle()
    try other.add("job", at: bench.clock.now())
    breakStore()
    #expect(try bench.step(rung: true) == .wait(.seconds(1)))
    store.outage = nil
    #expect(try bench.run { try bench.state("job") == .completed } == .seconds(1))
  }

  @Test func `FAULT 60: a run's duration is right even if it is stored later`() throws {
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(20)) }
    try start("job")
    try bench.run { bench.worker.processDescriptors == [] }
    bench.clock.advance(by: .seconds(600))
    store.outage = nil
    try bench.run { try bench.state("job") == .completed }
    #expect(try bench.job("job").latestRun?.elapsed == .seconds(20))
  }

  @Test func `FAULT 60: the on-dead command keeps its timeout`() throws {
    try bench.set("on-dead", "tell me")
    try bench.set("on-dead-timeout", "7s")
    bench.runner.behavior = {
      $0.command == "tell me" ? .hangs(ignoringTerm: false) : .ends(.exited(1), after: .zero)
    }
    bench.worker.lookAtOrders()
    try start("job")
    #expect(bench.runner.inputs.count == 1)
    #expect(try bench.run { bench.runner.signals == [.terminate] } == .seconds(7))
    try bench.step()
    #expect(bench.worker.processDescriptors == [])
    store.outage = nil
    let noticed = WorkerEvent.noticed(try JobID("job"), problem: "timed out after 7s")
    try bench.run { bench.events.contains(noticed) }
  }
}
