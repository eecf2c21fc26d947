import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

@Suite struct `Cancelling runs` {
  @Test(arguments: StoreUnderTest.all, [false, true])
  func `a running job is ended, with its grace period`(
    kind: StoreUnderTest, ignoresTerm: Bool
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: ignoresTerm) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()
    _ = try bench.fixture.anotherHandle().cancel(["job1"], at: bench.clock.now())

    bench.worker.lookAtOrders()
    try bench.step()
    #expect(bench.runner.signals == [.terminate])
    let passed = try bench.run { try bench.state("job1") == .cancelled }

    #expect(bench.runner.signals == (ignoresTerm ? [.terminate, .kill] : [.terminate]))
    #expect(passed >= (ignoresTerm ? .seconds(10) : .zero))
    #expect(bench.runner.ended == [bench.runner.started[0].runName], "nothing of it is left")
    #expect(try bench.job("job1").attempts == 0)
    guard case .finished(_, let report, let transition) = bench.events.last else {
      Issue.record("\(bench.events)")
      return
    }
    #expect(report.end == .cancelled)
    #expect(transition.state == .cancelled)
  }

  @Test(arguments: StoreUnderTest.all)
  func `without a signal the next heartbeat reads the request, and the next job is run`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { job in
      job.id.text == "job1" ? .hangs(ignoringTerm: false) : .ends(.exited(0), after: .seconds(9))
    }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.store.add("job2", at: bench.clock.now())
    try bench.step()
    _ = try bench.fixture.anotherHandle().cancel(["job1"], at: bench.clock.now())

    let passed = try bench.run { try bench.state("job1") == .cancelled }
    #expect(passed < .seconds(6))
    try bench.run { try bench.state("job2") == .completed }
    #expect(bench.runner.signals == [.terminate])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that waits for room is cancelled without starting`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .exhausted }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()
    _ = try bench.fixture.anotherHandle().cancel(["job1"], at: bench.clock.now())

    bench.worker.lookAtOrders()
    try bench.step()

    #expect(try bench.state("job1") == .cancelled)
    #expect(bench.runner.started == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run that fails before it is ended isn't retried`(kind: StoreUnderTest)
    throws
  {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(3), after: .seconds(1)) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()
    _ = try bench.fixture.anotherHandle().cancel(["job1"], at: bench.clock.now())
    bench.clock.advance(by: .seconds(1))
    try bench.step()

    #expect(try bench.state("job1") == .cancelled)
    #expect(try bench.job("job1").latestRun?.end == .exited(3))
    guard case .finished(_, let report, let transition) = bench.events.last else {
      Issue.record("\(bench.events)")
      return
    }
    #expect(report.end == .exited(3))
    #expect(transition.state == .cancelled)
    #expect(transition.attempts == 1)
  }
}
