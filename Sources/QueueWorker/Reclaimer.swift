public import QueueCore

/// Finds workers that are gone, ends what is left of their runs, and gives their jobs back.
public struct Reclaimer {
  private let store: any JobStore
  private let runner: any JobRunner
  private let liveness: Liveness
  private let tell: (ReclaimedJob) -> Void

  /// - Parameters:
  ///   - liveness: how to tell that a worker is gone.
  ///   - tell: hears of each job once it was given back, whoever asked for that.
  public init(
    store: any JobStore, runner: any JobRunner, liveness: Liveness,
    tell: @escaping (ReclaimedJob) -> Void = { _ in }
  ) {
    self.store = store
    self.runner = runner
    self.liveness = liveness
    self.tell = tell
  }

  /// Takes care of every worker that is gone.
  ///
  /// First the worker is evicted, so that one which only stalled can't take the end that we make of its run for the run's own. Then
  /// what is left of the run is ended, and only then its job given back, so that two runs of it never live at once. Several may
  /// do this at the same time: the store lets one of them succeed. If one dies over it, whoever comes next goes on from there.
  /// - Parameter judgingSilence: whether a worker is gone, too, that holds its lock but was silent for too long: see ``Wakefulness``.
  /// - Returns: the jobs that were given back, with the workers that had them.
  /// - Throws: `busy` soon where a worker was silent and others hold the store, as that may be what kept it from speaking; see
  ///   ``Wakefulness/heldUp(at:)``.
  public func reclaimLost(
    except own: WorkerID? = nil, judgingSilence: Bool, settings: Settings, at now: Moment
  ) throws(StoreError) -> [(worker: WorkerID, job: ReclaimedJob)] {
    var reclaimed: [(WorkerID, ReclaimedJob)] = []
    for record in try store.workers()
    where record.id != own && liveness.isGone(record, judgingSilence: judgingSilence, at: now) {
      guard try evict(record, at: now) else { continue }
      if let current = record.current { runner.endLeftovers(of: current.runName) }
      if let job = try store.release(record.id, maxCrashes: settings.maxCrashes, at: now) {
        tell(job)
        reclaimed.append((record.id, job))
      }
    }
    return reclaimed
  }

  /// Who waited for the store as long as the worker did would be there before it, and take it for dead.
  private func evict(_ record: WorkerRecord, at now: Moment) throws(StoreError) -> Bool {
    let patience = store.patience
    defer { store.patience = patience }
    if !liveness.isGone(record, judgingSilence: false, at: now) { store.patience = .besideARun }
    return try store.evict(record)
  }
}

/// Tells whether a worker can be counted out.
///
/// On this machine a worker holds a lock for as long as its process lives, however it dies, so it is known at once. A lock held by
/// a worker that was silent for longer than the lease, in the store and beside it, belongs to one that stalled. Of other machines only the
/// silence in the store is known.
public struct Liveness {
  private let host: String
  private let isLocked: (ProcessIdentity) -> Bool
  private let latestSign: (ProcessIdentity) -> Duration?

  /// - Parameters:
  ///   - host: the name of this machine.
  ///   - isLocked: whether that process of this machine and boot still holds its lock.
  ///   - latestSign: when that process last gave a sign of life beside the store, by the uptime clock; nil for never.
  public init(
    host: String, isLocked: @escaping (ProcessIdentity) -> Bool,
    latestSign: @escaping (ProcessIdentity) -> Duration? = { _ in nil }
  ) {
    self.host = host
    self.isLocked = isLocked
    self.latestSign = latestSign
  }

  /// Whether the worker's job may be taken from it.
  /// - Parameter judgingSilence: whether its silence counts.
  public func isGone(_ worker: WorkerRecord, judgingSilence: Bool = true, at now: Moment) -> Bool {
    if worker.isEvicted { return true }
    if worker.process.host == host {
      guard worker.process.boot == now.boot else { return true }
      if !isLocked(worker.process) { return true }
    }
    return judgingSilence && silence(of: worker, at: now) > worker.lease
  }

  private func silence(of worker: WorkerRecord, at now: Moment) -> Duration {
    let silence = worker.silence(at: now)
    // Looked for only where it matters.
    guard silence > worker.lease, worker.process.host == host,
      let sign = latestSign(worker.process)
    else { return silence }
    return min(silence, now.uptime - sign)
  }
}
