/// Operator actions on a queue; every method is atomic, see ``JobStore``.
/// For named jobs, a method throws `notFound` or the first ``Refusal``, also in a dry run.
/// Follow-up actions outside the store are in `QueueActions`.
public protocol QueueOperator: AnyObject {
  /// Cancels jobs: waiting ones at once, running ones by their workers after the next
  /// ``WorkerStore/renew(_:stopping:at:)``. Ended ones stay as they are.
  func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  /// Orders the workers of running jobs to freeze their runs, or to continue them; they follow
  /// after the next ``WorkerStore/renew(_:stopping:at:)``.
  func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation
  /// Requeues failed jobs, ending their backoff, and dead and cancelled ones with 0 attempts.
  /// Keeps the history and a cancelled job's future start time. A dry run reads without locks.
  /// - Parameter edit: changes each of the jobs first, as ``edit(_:_:dryRun:at:)`` does; nil for
  ///   none.
  func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep
  /// Changes waiting, dead and cancelled jobs, but the start time of waiting ones only. A time in
  /// the past means now. A dry run reads without locks.
  func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep
  /// Removes ended jobs with their history, unless an unfinished job waits for them.
  /// Visits `limit` matches after `cursor`, in order of ``JobSelection/keyOfSteps``. A dry run
  /// reads without locks.
  func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep
  /// Pauses or resumes queues. Running jobs continue.
  func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError)
  /// Limits the concurrent runs of a queue over all workers; nil for none. Running jobs continue.
  func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError)
  /// Asks workers to stop and returns them; a more urgent earlier order stays.
  /// - Parameter run: if not nil, the run that they must be executing.
  /// - Throws: `notFound` or, for another run, `wrongState`; then none is asked.
  func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord]
  /// Asks all workers to stop, and those not yet registered whose command began before `now`.
  /// A more urgent earlier order stays. Returns the registered workers.
  func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord]
  /// Sets `setting` to a checked text, or resets it for nil.
  func set(_ setting: Setting, to text: String?) throws(StoreError)
}

extension QueueOperator {
  /// Retries jobs as they are.
  public func retry(
    _ selection: JobSelection, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try retry(selection, with: nil, dryRun: dryRun, at: now)
  }

  /// Asks workers to stop, whichever run they execute.
  public func requestStop(
    _ order: StopOrder, of workers: [WorkerID]
  ) throws(StoreError) -> [WorkerRecord] {
    try requestStop(order, of: workers, during: nil)
  }
}
