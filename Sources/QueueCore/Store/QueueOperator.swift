/// What is done to a queue by those who look after it. What has to follow is in `QueueActions`.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol QueueOperator: AnyObject {
  /// Cancels jobs: those that wait at once. Those that are being run are marked, their workers hear
  /// of it with the next ``renew(_:at:)`` and end them. Those that have ended stay as they are.
  /// - Returns: the jobs as they were found, each once. Throws `notFound` if one isn't there; none
  ///   is cancelled then.
  /// - Parameter onlyWaiting: whether a job that is being run is none of those that are meant.
  ///   Throws `wrongState` for one then, and cancels none.
  func cancel(_ references: [String], onlyWaiting: Bool, at now: Moment) throws(StoreError) -> [Job]
  /// Has jobs run again: one that failed waits for its backoff no longer; one that is dead or was
  /// cancelled starts anew with 0 attempts, its history stays. The time of a cancelled one is kept
  /// while it lies ahead. All of those named, or none.
  /// - Returns: the jobs as they were found, each once. Throws `notFound`, or `wrongState` for one
  ///   in another state.
  func retry(_ references: [String], at now: Moment) throws(StoreError) -> [Job]
  /// Puts dead jobs back to pending with 0 attempts; their history stays. All of those named, or
  /// none.
  /// - Parameter dryRun: only tell, without any lock: the same answer, or the same error.
  /// - Throws: `notFound` or `wrongState` for a named job that doesn't exist, isn't dead, or whose
  /// key an
  ///   unfinished job has.
  func retryDead(_ selection: DeadSelection, dryRun: Bool, at now: Moment) throws(StoreError)
    -> DeadRetry
  /// Changes a job that waits, and nothing of one that doesn't. A time in the past stands for now.
  /// - Returns: the job as it is now. Throws `notFound`, or `wrongState` for one that is neither
  ///   pending nor failed.
  func edit(_ reference: String, _ edit: JobEdit, at now: Moment) throws(StoreError) -> Job
  /// Removes dead jobs with their history: all of those named, or none.
  /// - Parameter dryRun: only tell, without any lock.
  /// - Returns: what was removed. Throws `notFound`, or `wrongState` for one that isn't dead, or
  /// that an
  ///   unfinished job waits for.
  func discardDead(_ references: [String], dryRun: Bool) throws(StoreError) -> RemovalStep
  /// Removes jobs that have ended, with their history: at most `limit`, those first that ended
  /// first, after `cursor`. Those that unfinished jobs wait for are left.
  /// - Parameter dryRun: only tell, without any lock.
  func removeEnded(
    _ query: RemovalQuery, limit: Int, after cursor: RemovalStep.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> RemovalStep
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

  /// Cancels jobs, whether they wait or are being run.
  public func cancel(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    try cancel(references, onlyWaiting: false, at: now)
  }
}
