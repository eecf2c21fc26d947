/// Reads jobs in the order in which they run, and those that are being ended. Every method is
/// atomic, see ``JobStore``.
public protocol WaitingReader: AnyObject {
  /// Returns up to `limit` pending jobs, the next one first: by priority and age those that may
  /// run, then those that wait for other jobs, then those that are scheduled, by their times.
  /// - Parameters:
  ///   - queue: nil for all.
  ///   - isReversed: whether the last one comes first.
  func pendingJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job]
  /// Returns up to `limit` of the jobs that ``StatisticsReader/scheduledJobs(in:atMost:at:)``
  /// counts, the soonest first.
  func scheduledJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job]
  /// Returns the running jobs that were cancelled, and whose processes haven't ended yet.
  func endingJobs() throws(StoreError) -> Set<JobID>
}
