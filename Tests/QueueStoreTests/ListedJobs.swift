import QueueCore
import QueueTestSupport
import Testing

/// A change to previously listed jobs skips those that have changed since.
@Suite struct `Listed jobs` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Four jobs, named by their states, and one that was removed.
  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for (id, end) in [("dead", RunEnd.exited(1)), ("completed", .exited(0)), ("kept", .exited(1))] {
      try store.add(id, maxRetries: 0, at: now)
      try store.runNext(for: worker, end, at: now)
    }
    try store.add("pending", at: now)
    let needsKept = Prerequisite(reference: "kept", accepts: .success)
    try store.add(
      [try NewJob(id: JobID("needy"), command: "true", prerequisites: [needsKept])], at: now)
  }

  private let listed = JobSelection.Jobs.listed(
    ["dead", "gone", "completed", "kept", "pending", "dead"].map(JobID.init(trusted:)))

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `listed jobs are retried if they are still dead`(store: StoreUnderTest, dryRun: Bool) throws
  {
    let store = try store.open().store
    try fill(store)
    let step = try store.retry(.dead(listed), dryRun: dryRun, at: now)
    #expect(step.jobs.map(\.text) == ["dead", "kept"])
    #expect(
      Set(step.left.map(\.error.message)) == [
        "job \"gone\" no longer exists", "job \"completed\" is completed, not dead",
        "job \"pending\" is pending, not dead",
      ])
    let state: JobState = dryRun ? .dead : .pending
    #expect(try store.job("dead", at: now).state == state)
    #expect(try store.job("completed", at: now).state == .completed)
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `listed jobs are removed if they have ended and no job needs them`(
    store: StoreUnderTest, dryRun: Bool
  ) throws {
    let store = try store.open().store
    try fill(store)
    let step = try store.remove(
      JobSelection(listed, in: [.dead, .completed]), limit: 1, after: nil, dryRun: dryRun, at: now)
    #expect(step.jobs.map(\.text) == ["dead", "completed"])
    #expect(step.runs.count == (dryRun ? 0 : 2))
    #expect(
      Set(step.left) == [
        .unknown(JobID(trusted: "gone")),
        .awaited(JobID(trusted: "kept"), by: JobID(trusted: "needy")),
        .inState(JobID(trusted: "pending"), .pending, wanted: [.dead, .completed]),
      ])
    let rest = try store.allJobs(at: now).map(\.id.text)
    #expect(Set(rest).isSuperset(of: ["kept", "pending", "needy"]))
    #expect(rest.count == (dryRun ? 5 : 3))
  }

  @Test(arguments: StoreUnderTest.all)
  func `listed jobs are cancelled if they are still waiting`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try fill(store)
    let result = try store.cancel(JobSelection(listed, in: [.pending, .failed]), at: now)
    #expect(result.found.map(\.id.text) == ["pending"])
    #expect(result.left.count == 4)
    #expect(try store.job("pending", at: now).state == .cancelled)
    #expect(try store.job("dead", at: now).state == .dead)
  }
}
