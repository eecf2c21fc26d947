import QueueCore
import QueueTestSupport
import Testing

@Suite struct Counting {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `the summary counts every queue and state`(store: StoreUnderTest) throws {
    let store = try store.open().store
    #expect(try store.summary() == QueueSummary())
    try addExamples(to: store, at: now)
    #expect(
      try store.summary()
        == QueueSummary(counts: [
          "default": [.dead: 2, .processing: 1, .pending: 1],
          "mail": [.completed: 1, .failed: 1, .pending: 1],
        ]))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all, [1, 2, 3] as [UInt64])
  func `the summary matches the rows after any history`(
    store: StoreUnderTest, seed: UInt64
  ) throws {
    let fixture = try store.open()
    let handles = [fixture.store, try fixture.anotherHandle()]
    var random = SeededGenerator(seed: seed)
    var running: [WorkerID: ClaimedJob] = [:]
    var seen: Set<JobState> = []
    for step in 1...200 {
      let store = handles[Int.random(in: 0...1, using: &random)]
      switch Int.random(in: 0..<10, using: &random) {
      case 0...3:
        try store.add(
          "job-\(step)", queue: ["a", "b"].randomElement(using: &random) ?? "a",
          maxRetries: Int.random(in: 0...1, using: &random), at: now)
      case 4...5:
        let worker = try store.addWorker(at: now)
        running[worker] = try store.claimNext(for: worker, at: now).job
      case 6...7:
        guard let (worker, job) = running.min(by: { $0.key.number < $1.key.number }) else { break }
        running[worker] = nil
        let outcomes: [RunEnd] = [.exited(0), .exited(1), .stopped, .signaled(9)]
        try store.end(
          job, by: worker, outcomes.randomElement(using: &random) ?? .stopped, at: now)
      case 8:
        guard let worker = running.keys.min(by: { $0.number < $1.number }) else { break }
        running[worker] = nil
        _ = try store.reclaim(try store.record(of: worker), maxCrashes: 2, at: now)
      default:
        _ = try store.retry(.dead(.matching(JobQuery(queue: "a"))), dryRun: false, at: now)
        clock.advance(by: .seconds(1))
      }
      try expectSummaryMatchesRows(of: store, at: now)
      seen.formUnion(try store.allJobs(at: now).map(\.state))
    }
    #expect(seen == [.pending, .processing, .completed, .failed, .dead])
  }
}
