import QueueCore
import QueueTestSupport
import Testing

/// Ids of ended jobs, freed for new ones.
@Suite struct ReplacingEndedJobs {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func enqueue(
    _ id: String, _ command: String, in store: any JobStore
  ) throws -> [EnqueueResult] {
    var job = try NewJob(id: JobID(id), command: command, maxRetries: 0)
    job.replacesEnded = true
    var jobs = [job]
    var results: [EnqueueResult] = []
    try store.enqueue(
      at: now, settings: Settings(), next: { jobs.popLast() }, each: { results.append($0) },
      confirm: {})
    return results
  }

  @Test(arguments: StoreUnderTest.all, [RunEnd.exited(0), .exited(1)])
  func `the ended job keeps everything but its id`(
    store: StoreUnderTest, outcome: RunEnd
  ) throws {
    let store = try store.open().store
    let id = JobID(trusted: "nightly")
    let worker = try store.addWorker(at: now)
    #expect(try enqueue("nightly", "first", in: store) == [.added(id)])
    // An unfinished job keeps its id.
    #expect(try enqueue("nightly", "second", in: store) == [.exists(id)])
    try store.runNext(for: worker, outcome, at: now)
    let ended = try store.job("nightly", at: now)
    let runs = try store.runs(of: "nightly")
    try store.add(
      [
        try NewJob(
          id: JobID("waits"), command: "true",
          prerequisites: [Prerequisite(reference: "nightly", accepts: .success)])
      ], at: now)

    clock.advance(by: .seconds(86_400))
    #expect(try enqueue("nightly", "second", in: store) == [.added(id)])
    #expect(try store.job("nightly", at: now).command == "second")
    #expect(try store.job("nightly", at: now).state == .pending)
    let old = try #require(try store.allJobs(at: now).first { $0.command == "first" })
    #expect(old.id.text.wholeMatch(of: /nightly\.[0-9a-z]{11}/) != nil)
    var expected = ended
    expected.id = old.id
    #expect(old == expected)
    #expect(try store.runs(of: old.id.text) == runs)
    let waiting = try store.job("waits", at: now)
    #expect(waiting.waitsFor.map(\.job) == (outcome == .exited(0) ? [] : [old.id]))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a batch replaces ended jobs`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    _ = try enqueue("j7", "old", in: store)
    try store.runNext(for: worker, .exited(0), at: now)
    var rest = try (0..<200).reversed().map { number in
      var job = try NewJob(id: JobID("j\(number)"), command: "new")
      job.replacesEnded = true
      return job
    }
    var results: [EnqueueResult] = []
    try store.enqueue(
      at: now, settings: Settings(), next: { rest.popLast() }, each: { results.append($0) },
      confirm: {})
    #expect(results == (0..<200).map { .added(JobID(trusted: "j\($0)")) })
    #expect(try store.allJobs(at: now).count == 201)
  }
}
