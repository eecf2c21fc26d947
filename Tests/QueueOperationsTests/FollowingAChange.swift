import QueueCore
import QueueHost
import QueueOperations
import QueueTestSupport
import Testing

/// The effects of a change, through any interface.
@Suite struct `Following a change` {
  private let clock = ManualClock()
  private let store = InMemoryJobStore()
  private let bell = RecordingBell()
  private let shelf = RecordingShelf()

  private var actions: QueueActions { QueueActions(store: store, bell: bell, logs: shelf) }
  private var now: Moment { clock.now() }

  /// A dead job, and the run it died of.
  private func addDead(_ id: String) throws -> RunID {
    try store.add(id, maxRetries: 0, at: now)
    return try runNext()
  }

  /// Makes the next job fail.
  private func runNext() throws -> RunID {
    let worker = try store.addWorker(at: now)
    let job = try store.claim(for: worker, at: now)
    try store.end(job, by: worker, .exited(1), lastLine: nil, at: now)
    return job.run
  }

  @Test func `workers are notified of requeued jobs`() throws {
    _ = try addDead("a")
    try actions.retry(.dead(.named(["a"])), at: now)
    #expect(bell.take() == [.work])
    try actions.retry(.dead(.matching(JobQuery())), at: now)
    #expect(bell.take() == [], "nothing was dead any more")
    let ids = ["a", "gone"].map(JobID.init(trusted:))
    let edit = try JobEdit(priority: 3)
    _ = try actions.edit(JobSelection(.listed(ids), in: JobState.editable), edit, at: now)
    #expect(bell.take() == [.work])
    _ = try actions.edit(JobSelection(.listed([ids[1]]), in: JobState.editable), edit, at: now)
    #expect(bell.take() == [], "nothing was changed")
    _ = try runNext()
    try actions.retry(JobSelection(.named(["a"]), in: JobState.retryable), at: now)
    #expect(bell.take() == [.work])
  }

  @Test func `workers are notified of resumed queues and raised limits`() throws {
    try actions.setPaused(true, .everything)
    #expect(bell.take() == [])
    try actions.setPaused(false, .everything)
    #expect(bell.take() == [.work])
    try actions.setRunningLimit(3, of: "mail")
    #expect(bell.take() == [.work])
  }

  @Test func `waiting commands and dependants are notified of an end`() throws {
    try store.add("a", at: now)
    try actions.cancel(JobSelection(.named(["a"]), in: JobState.allCases), at: now)
    #expect(bell.take() == [.work, .end])
  }

  @Test func `a cancelled job's worker is notified`() throws {
    let process = ProcessIdentity(
      host: "h", site: Site(machine: "h", namespaces: "n"), boot: now.boot, pid: 7, startTicks: 1)
    let worker = try store.register(process, queues: [], at: now)
    try store.add("a", at: now)
    _ = try store.claimNext(for: worker, at: now)
    try actions.cancel(JobSelection(.named(["a"]), in: JobState.allCases), at: now)
    #expect(bell.take() == [.work, .end, .orders([process])])
    try actions.requestStop(.finishJob, of: [worker])
    #expect(bell.take() == [.orders([process])])
  }

  @Test func `the logs of removed jobs are removed, and no others`() throws {
    let (a, b) = (try addDead("a"), try addDead("b"))
    #expect(throws: StoreError.self) {
      try actions.remove(.dead(.named(["a", "missing"])), at: now)
    }
    #expect(shelf.removed == [])
    try actions.remove(.dead(.named(["a"])), at: now)
    #expect(shelf.removed == [a])
    _ = try actions.remove(.all([.dead]), limit: 10, after: nil, at: now)
    #expect(shelf.removed == [a, b])
  }

  @Test func `a refused change notifies no process`() throws {
    for change: (QueueActions) throws -> Void in [
      { try $0.cancel(JobSelection(.named(["missing"]), in: JobState.allCases), at: now) },
      { try $0.retry(.dead(.named(["missing"])), at: now) },
      { try $0.requestStop(.endJob, of: [WorkerID("w9")].compactMap { $0 }) },
    ] {
      #expect(throws: StoreError.self) { try change(actions) }
    }
    #expect(bell.take() == [])
  }
}
