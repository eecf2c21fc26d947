import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

@Suite struct `Freezing runs` {
  private func bench(
    _ kind: StoreUnderTest, _ behavior: ScriptedRunner.Behavior, timeout: Duration? = nil
  ) throws -> WorkerBench {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in behavior }
    try bench.store.add(
      [try NewJob(id: JobID("job"), command: "true", timeout: timeout)], at: bench.clock.now())
    try bench.step()
    return bench
  }

  private func setPaused(_ isPaused: Bool, _ bench: WorkerBench) throws {
    try bench.fixture.anotherHandle().setPaused(isPaused, runOf: "job", at: bench.clock.now())
    bench.worker.lookAtOrders()
    try bench.step()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a pause stands still, in the time limit and in the run time`(kind: StoreUnderTest) throws {
    let bench = try bench(kind, .ends(.exited(0), after: .seconds(9)), timeout: .seconds(10))
    bench.clock.advance(by: .seconds(4))
    try setPaused(true, bench)
    #expect(bench.runner.freezes == [true])
    #expect(try bench.job("job").frozenSince == bench.clock.now().wall)
    #expect(bench.events.last == .paused(JobID(trusted: "job"), true))
    for _ in 1...30 {
      bench.clock.advance(by: .seconds(5))
      try bench.step()
    }
    #expect(try bench.state("job") == .processing)
    try setPaused(false, bench)
    #expect(bench.runner.freezes == [true, false])
    #expect(try bench.job("job").latestRun?.freeze == nil)
    #expect(bench.events.last == .paused(JobID(trusted: "job"), false))

    let passed = try bench.run { try bench.state("job") == .completed }
    #expect(passed == .seconds(5))
    #expect(try bench.job("job").latestRun?.elapsed == .seconds(9))
    #expect(bench.runner.signals == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a resumed run times out after the rest of its time`(kind: StoreUnderTest) throws {
    let bench = try bench(kind, .hangs(ignoringTerm: false), timeout: .seconds(10))
    bench.clock.advance(by: .seconds(4))
    try setPaused(true, bench)
    bench.clock.advance(by: .seconds(100))
    try setPaused(false, bench)
    let passed = try bench.run { try bench.state("job") != .processing }
    #expect(passed == .seconds(6))
    #expect(try bench.job("job").latestRun?.end == .timedOut)
    #expect(try bench.job("job").latestRun?.elapsed == .seconds(10))
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `a cancelled run is continued, so that TERM reaches it`(
    kind: StoreUnderTest, isStop: Bool
  ) throws {
    let bench = try bench(kind, .hangs(ignoringTerm: false))
    try setPaused(true, bench)
    if isStop {
      bench.worker.stop(.endJob)
    } else {
      _ = try bench.fixture.anotherHandle().cancel(["job"], at: bench.clock.now())
      bench.worker.lookAtOrders()
    }
    try bench.run(for: .seconds(1)) { try bench.state("job") != .processing }
    #expect(try bench.state("job") == (isStop ? .pending : .cancelled))
    #expect(bench.runner.freezes == [true, false])
    #expect(bench.runner.signals == [.terminate])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker that is to stop waits for a paused run`(kind: StoreUnderTest) throws {
    let bench = try bench(kind, .ends(.exited(0), after: .seconds(9)))
    try setPaused(true, bench)
    bench.worker.stop(.finishJob)
    for _ in 1...20 {
      bench.clock.advance(by: .seconds(5))
      try bench.step()
    }
    #expect(try bench.state("job") == .processing)
    try setPaused(false, bench)
    let passed = try bench.run { try bench.state("job") == .completed }
    #expect(passed == .seconds(9))
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order before the start, or without a signal, is followed with the next heartbeat`(
    kind: StoreUnderTest
  ) throws {
    let bench = try bench(kind, .hangs(ignoringTerm: false))
    try bench.fixture.anotherHandle().setPaused(true, runOf: "job", at: bench.clock.now())
    let passed = try bench.run { try bench.job("job").frozenSince != nil }
    #expect(passed < .seconds(6))
    try bench.fixture.anotherHandle().setPaused(false, runOf: "job", at: bench.clock.now())
    try bench.fixture.anotherHandle().setPaused(true, runOf: "job", at: bench.clock.now())
    try bench.run { try bench.job("job").frozenSince != nil }
    #expect(bench.runner.freezes == [true], "it never went on")
  }
}
