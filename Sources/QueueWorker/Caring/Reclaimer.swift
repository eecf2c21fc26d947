public import QueueCore
public import QueueHost

/// Finds workers that are gone, ends the processes of their runs, and gives their jobs back.
public struct Reclaimer {
  /// What came of the care for one worker.
  public enum Result: Equatable, Sendable {
    /// Its job was given back.
    case reclaimed(ReclaimedJob, from: WorkerID)
    /// It is gone, but its run isn't over: the job stays in its hands until the next look.
    case unended(JobID, of: WorkerID, Leftovers)
    /// Whether it is gone can't be told now, for this reason.
    case unknown(WorkerID, String)
  }

  private let store: any QueueKeeper & QueueReader
  private let runner: any JobRunner
  private let liveness: Liveness
  private let forget: (ProcessIdentity) -> Void
  private let tell: (ReclaimedJob) -> Void

  /// - Parameters:
  ///   - liveness: how to tell that a worker is gone.
  ///   - forget: is called for a worker's process once nothing of its run is looked for any more.
  ///   - tell: hears of each job once it was given back, whoever asked for that.
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

  /// Takes care of every worker that is gone.
  ///
  /// First the worker is evicted, so that one which only stalled can't take the end that we make of
  /// its run for the run's own. Then the run's processes are ended, and only when none is left its
  /// job is given back, so that two runs of it never live at once. Several may do this at the same
  /// time: the store lets one of them succeed. If one dies over it, whoever comes next goes on from
  /// there.
  /// - Parameter judgingSilence: whether a worker is gone, too, that holds its lock but was silent
  ///   for too long: see ``SuspendGuard``.
  /// - Throws: `busy` soon where a worker was silent and others hold the store, as that may be what
  ///   kept it from speaking; see ``SuspendGuard/heldUp(at:)``.
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

  /// - Returns: nil when it had no job, or isn't gone.
  private func reclaim(
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

  /// Who waited for the store as long as the worker did would be there before it, and take it for
  /// dead.
  private func evict(_ record: WorkerRecord, at now: Moment) throws(StoreError) -> Bool {
    let usual = store.busyTimeout
    defer { store.busyTimeout = usual }
    if !liveness.isGone(record, judgingSilence: false, at: now) {
      store.busyTimeout = .whileRunning
    }
    return try store.evict(record)
  }
}
