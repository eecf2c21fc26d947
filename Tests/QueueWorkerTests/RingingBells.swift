import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

@Suite struct `Ringing bells` {
  /// The bells rung until a job's first run has put it into `state`.
  private func tones(
    status: Int, maxRetries: Int = 0, until state: JobState
  ) throws -> [Tone] {
    let bench = try WorkerBench(.inMemory)
    bench.runner.behavior = { _ in .ends(.exited(status), after: .seconds(1)) }
    try bench.store.add("job1", maxRetries: maxRetries, at: bench.clock.now())
    try bench.run { try bench.state("job1") == state }
    return bench.events.compactMap(\.tone)
  }

  @Test func `the end of a job wakes those who wait for it`() throws {
    #expect(try tones(status: 0, until: .completed).contains(.end))
    #expect(try tones(status: 1, until: .dead).contains(.end))
    #expect(try tones(status: 1, maxRetries: 1, until: .failed) == [])
  }

  @Test func `a job given back by a stopping worker wakes another worker`() throws {
    let bench = try WorkerBench(.inMemory)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()

    bench.worker.stop(.endJob)
    try bench.run { bench.events.last == .left }

    let finished = try #require(
      bench.events.first { if case .finished = $0 { true } else { false } })
    #expect(finished.tone == .work)
    #expect(WorkerEvent.left.tone == .work)
  }
}
