/// What keeps a queue in order: the end of workers that are gone, and of what nobody needs any
/// more.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol QueueKeeper: QueueWriter {
  /// Shuts out a worker that is gone: it can't renew, claim or finish any more. It stays known,
  /// with the job in its hands, until it is released.
  /// - Parameter expected: the record by which it was taken for gone.
  /// - Returns: whether it is evicted, by this call or an earlier one; false, and nothing changed,
  ///   if it spoke since or isn't known.
  func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool
  /// Forgets an evicted worker and gives its job back, by the settings in force. The run's
  /// processes must have been ended before.
  /// - Returns: the job and its new state; nil if it had none, or if nothing was changed as there
  ///   is no such evicted worker.
  func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  /// Packs the figures of an hour that is long over, and drops those that no window reaches. A
  /// small step.
  /// - Returns: whether there may be more to do.
  func foldStatistics(at now: Moment) throws(StoreError) -> Bool
  /// Forgets the names of queues that have neither jobs nor a setting, as figures and drains look
  /// at each: so many in one step.
  /// - Returns: whether there may be more.
  func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool
  /// Which of these runs are known: what else is left of a run is left of one that was removed.
  func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64>
}

/// A job taken from a worker that is gone.
public struct ReclaimedJob: Equatable, Sendable {
  /// The job.
  public var job: JobID
  /// Pending; failed while it waits because it cost several workers; cancelled when its user asked
  /// for that; dead when it cost too many.
  public var state: JobState
  /// How long it waits; nil for not at all.
  public var delay: Duration?

  /// All of its parts.
  public init(job: JobID, state: JobState, delay: Duration? = nil) {
    self.job = job
    self.state = state
    self.delay = delay
  }
}
