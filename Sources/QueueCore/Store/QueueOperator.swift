/// What is done to a queue by those who look after it. What has to follow is in `QueueActions`.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol QueueOperator: AnyObject {
  /// Cancels jobs: waiting ones at once. Running ones are marked; their workers end them after the
  /// next ``renew(_:at:)``. Ended ones, where the selection includes them, stay as they are.
  /// - Throws: for named jobs, `notFound`, or the first ``Refusal``.
  func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  /// Runs jobs again: failed ones without the rest of their backoff, dead and cancelled ones with 0
  /// attempts. Their history stays, and so does a cancelled job's time if it lies ahead.
  /// - Parameters:
  ///   - selection: its states are some of failed, dead and cancelled.
  ///   - dryRun: only read, without any lock: the same answer, or the same error.
  /// - Throws: for named jobs, `notFound`, or the first ``Refusal``.
  func retry(
    _ selection: JobSelection, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep
  /// Changes a job that waits, and nothing of one that doesn't. A time in the past stands for now.
  /// - Returns: the job as it is now. Throws `notFound`, or `wrongState` for one that is neither
  ///   pending nor failed.
  func edit(_ reference: String, _ edit: JobEdit, at now: Moment) throws(StoreError) -> Job
  /// Removes ended jobs with their history. Jobs that unfinished ones wait for are left.
  /// - Parameters:
  ///   - selection: its states are some of completed, dead and cancelled.
  ///   - limit: of matching jobs, how many to visit, by when they ended, after `cursor`.
  ///   - dryRun: only read, without any lock: the same answer, or the same error.
  /// - Throws: for named jobs, `notFound`, or the first ``Refusal``.
  func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep
  /// Holds jobs back, or gives them out again. Running jobs go on.
  func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError)
  /// Says how many jobs of a queue may run at once, over all workers; nil for any number. Running
  /// jobs go on.
  func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError)
  /// Asks workers to stop. A more urgent order stands.
  /// - Returns: the workers asked. Throws `notFound` for an id that isn't known, and asks none
  ///   then.
  /// - Parameter run: asks them only if that is the run in their hands, as the order is about its
  ///   job; nil asks them in any case. Throws `wrongState`, and asks none, if it isn't.
  func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord]
  /// Asks all workers to stop, those included that are yet to register and whose command has begun
  /// before `now`. A more urgent order stands.
  /// - Returns: the workers that are known.
  func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord]
  /// Sets `setting`, or puts its default back for nil. The text was checked before.
  func set(_ setting: Setting, to text: String?) throws(StoreError)
}

extension QueueOperator {
  /// Asks workers to stop, whatever they have in hand.
  public func requestStop(
    _ order: StopOrder, of workers: [WorkerID]
  ) throws(StoreError) -> [WorkerRecord] {
    try requestStop(order, of: workers, during: nil)
  }
}
