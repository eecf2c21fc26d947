/// The operations of workers and running jobs; every method is atomic, see ``JobStore``.
public protocol WorkerStore: QueueWriter {
  /// Registers a worker; ids are never reused.
  /// - Parameters:
  ///   - begun: uptime when its command began; a later stop of all workers applies to it.
  ///   - version: that of its program, for display.
  func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID
  /// Records a heartbeat and syncs it, with all earlier commits, to disk.
  /// - Parameter order: the stop order it follows, from any source, for display; nil for none.
  func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult
  /// Claims the next ready job for the worker and opens a run.
  func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult
  /// Whether a job in `queues` (empty for all) may still run without operator action.
  /// Paused jobs may; jobs waiting for a dead job may not, nor those that `worker` was the last to
  /// refuse, see ``RunEnd/refused``.
  func mayStillRun(in queues: [String], for worker: WorkerID) throws(StoreError) -> Bool
  /// Ends a run: writes its report and transition, and claims the next job atomically if requested.
  /// A job cancelled meanwhile isn't run again. Changes nothing if the run isn't the job's latest.
  func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult
  /// Records that a run is frozen at a time, or was continued (nil), as ordered; see
  /// ``RenewResult``. Returns false, with nothing changed, if the run isn't active or the order has
  /// changed.
  /// - Parameter freeze: freezes the run, while none of its processes can hold a lock of the store:
  ///   a frozen one would keep it. May be called again if the call is repeated.
  func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool
  /// Removes a worker that exits; does nothing if it is unknown or evicted.
  func deregister(_ worker: WorkerID) throws(StoreError)
  /// Returns the order to all workers given since uptime `begun` of this boot; nil for none.
  func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder?
  /// Claims a dead job whose `on-dead` command is due; nil for none.
  /// No other worker gets it while this one is registered.
  func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook?
  /// Records that a job's `on-dead` command has run. Does nothing if this worker hasn't claimed it,
  /// for example because the job was retried and died again.
  func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError)
  /// Stores the progress of a run, named by ``ClaimedJob/runName``, until the job runs again.
  /// Returns false, with nothing changed, if the run isn't active.
  func setProgress(_ progress: JobProgress, of runName: String, at now: Moment) throws(StoreError)
    -> Bool
}

extension WorkerStore {
  /// Registers a worker whose command begins now.
  public func register(
    _ process: ProcessIdentity, queues: [String], at now: Moment
  ) throws(StoreError) -> WorkerID {
    try register(process, queues: queues, begun: now.uptime, version: nil, at: now)
  }
}

/// The run that a worker has according to the store.
public enum HeldRun: Equatable, Sendable {
  /// The store can't lose a claim.
  case untold
  case none
  case run(RunID)

  /// Whether it is known to be another run, or none.
  package func differs(from run: RunID) -> Bool { self != .untold && self != .run(run) }
}

/// The result of a heartbeat.
public enum RenewResult: Equatable, Sendable {
  /// Registered, with its stop order, and its run to end because the job was cancelled.
  /// `freeze` is the pause of its run.
  case known(
    StopOrder?, cancelled: RunID? = nil, held: HeldRun = .untold, freeze: FreezeOrder? = nil)
  /// The worker was evicted and must register again.
  case evicted
}
