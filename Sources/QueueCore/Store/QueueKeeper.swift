/// Evicts dead workers and removes stale data; every method is atomic, see ``JobStore``.
public protocol QueueKeeper: QueueWriter {
  /// Evicts a worker: it can't renew, claim or finish any more, but keeps its job until requeued.
  /// - Parameter expected: the record that the decision to evict was based on.
  /// - Returns: true if evicted now or before; false if it is unknown or sent a heartbeat since.
  func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool
  /// Removes an evicted worker and requeues its job. The run's processes must have been ended.
  /// - Returns: the job and its new state; nil without a job, or if no such worker is evicted.
  func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  /// Merges the minutes of one old hour, and drops figures older than any window.
  /// - Returns: whether more may be left to do.
  func foldStatistics(at now: Moment) throws(StoreError) -> Bool
  /// Removes up to `limit` queues without jobs and controls; returns whether more may be left.
  /// Statistics and draining workers scan every queue.
  func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool
  /// Returns the runs in `range` that exist; files of other runs can be deleted.
  func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64>
}

/// A job reclaimed from a dead worker.
public struct ReclaimedJob: Equatable, Sendable {
  /// The job's id.
  public var job: JobID
  /// Pending; failed to back off after several losses, dead after too many; cancelled if requested.
  public var state: JobState
  /// The backoff; nil for none.
  public var delay: Duration?

  /// Memberwise initializer.
  public init(job: JobID, state: JobState, delay: Duration? = nil) {
    self.job = job
    self.state = state
    self.delay = delay
  }
}
