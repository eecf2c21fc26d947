/// What a worker asks of a queue, and a job that is running.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol WorkerStore: QueueWriter {
  /// Makes a worker known. Its id is never given out again.
  /// - Parameter begun: when the command that started it began, by the uptime of this boot: if all
  ///   workers were asked to stop since, this one is too.
  func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, at now: Moment
  ) throws(StoreError) -> WorkerID
  /// Says that the worker lives. Synced to disk, and with it all that was committed before.
  /// - Parameter order: by which it is stopping already, whoever gave it, so that others see it;
  ///   nil if it isn't.
  /// - Returns: its orders; `evicted` when it isn't known any more.
  func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult
  /// Gives the worker the next job that is ready, if it may have one, and opens a run.
  func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult
  /// Whether anything may still come to run in these queues, or in any for none, unless somebody
  /// does something: what is paused may, what waits for a job that died may not.
  func mayStillRun(in queues: [String]) throws(StoreError) -> Bool
  /// Ends a run: writes its report and what becomes of the job, and claims the next in the same
  /// step if wanted. A job that was cancelled meanwhile doesn't go on, whatever the transition
  /// says. Nothing is changed when the run isn't the job's latest any more.
  func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult
  /// Forgets a worker that leaves. Does nothing if it isn't known or was evicted.
  func deregister(_ worker: WorkerID) throws(StoreError)
  /// What all workers whose command began at `begun`, by the uptime of this boot, were asked to do
  /// since; nil for nothing.
  func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder?
  /// A dead job for which the command of `on-dead` is still to be run. It is kept from other
  /// workers as long as this one is known.
  /// - Returns: nil when there is none.
  func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook?
  /// Says that the command was run for a job. Does nothing to a notice that this worker hasn't
  /// taken: the job was put back meanwhile, and has died again.
  func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError)
  /// Keeps what a run says of itself until the job is run again.
  /// - Parameter runName: the run's name among all databases.
  /// - Returns: false, and nothing is changed, when that run isn't going on.
  func setProgress(_ progress: JobProgress, of runName: String, at now: Moment) throws(StoreError)
    -> Bool
}

extension WorkerStore {
  /// Makes a worker known whose command begins now.
  public func register(
    _ process: ProcessIdentity, queues: [String], at now: Moment
  ) throws(StoreError) -> WorkerID {
    try register(process, queues: queues, begun: now.uptime, at: now)
  }
}

/// What a worker that says it lives is told.
public enum RenewResult: Equatable, Sendable {
  /// Go on; or stop, if there is an order. And end the run in its hands, if its job was cancelled.
  case known(StopOrder?, cancelled: RunID? = nil)
  /// It was taken for dead, and has to register anew.
  case evicted
}
