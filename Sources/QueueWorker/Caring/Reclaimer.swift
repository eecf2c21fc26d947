public import QueueCore
public import QueueHost

/// Detects workers that are gone, kills the processes of their runs and requeues their jobs.
public struct Reclaimer {
  /// The result for one worker.
  public enum Result: Equatable, Sendable {
    case reclaimed(ReclaimedJob, from: WorkerID)
    /// It was evicted, but its run's processes can't be killed; the job stays claimed for now.
    case unended(JobID, of: WorkerID, Leftovers)
    case unknown(WorkerID, String)
  }

  private let store: any QueueKeeper & QueueReader
  private let runner: any JobRunner
  private let liveness: Liveness
  private let forget: (ProcessIdentity) -> Void
  private let tell: (ReclaimedJob) -> Void

  /// - Parameter forget: called for a worker's process once its run needs no more cleanup.
  public init(
    store: any QueueKeeper & QueueReader, runner: any JobRunner, liveness: Liveness,
    forget: @escaping (ProcessIdentity) -> Void = { _ in },
    tell: @escaping (ReclaimedJob) -> Void = { _ in }
  ) {
    self.store = store
    self.runner = runner
    self.liveness = liveness
    self.forget = forget
    self.tell = tell
  }

  /// Reclaims the jobs of all workers that are gone; concurrent calls are safe.
  /// Evicts first, so that a stalled worker can't report the kill as the run's own end.
  /// - Parameter judgingSilence: whether an expired lease counts, see ``SuspendGuard``.
  /// - Throws: `busy`, early for a silent worker, because the lock may have blocked its heartbeat.
  public func reclaimLost(
    except own: WorkerID? = nil, judgingSilence: Bool, settings: Settings, at now: Moment
  ) throws(StoreError) -> [Result] {
    var results: [Result] = []
    for record in try store.workers() where record.id != own {
      switch liveness.verdict(on: record, judgingSilence: judgingSilence, at: now) {
      case .present: break
      case .unknown(let reason): results.append(.unknown(record.id, reason))
      case .gone:
        if let result = try reclaim(record, settings: settings, at: now) { results.append(result) }
      }
    }
    return results
  }

  /// Returns nil if the worker had no job, or isn't gone.
  func reclaim(
    _ record: WorkerRecord, settings: Settings, at now: Moment
  ) throws(StoreError) -> Result? {
    guard try evict(record, at: now) else { return nil }
    if let current = record.current {
      let leftovers = runner.endLeftovers(of: current, in: record.process)
      guard leftovers == .none else { return .unended(current.job, of: record.id, leftovers) }
    }
    let job = try store.requeue(record.id, maxCrashes: settings.maxCrashes, at: now)
    forget(record.process)
    guard let job else { return nil }
    tell(job)
    return .reclaimed(job, from: record.id)
  }

  /// Waits briefly, because a longer wait could get the lock before a silent but live worker.
  private func evict(_ record: WorkerRecord, at now: Moment) throws(StoreError) -> Bool {
    let usual = store.busyTimeout
    defer { store.busyTimeout = usual }
    if !liveness.isGone(record, judgingSilence: false, at: now) {
      store.busyTimeout = .whileRunning
    }
    return try store.evict(record)
  }
}
