/// Reads jobs in the order in which they run, and cancelled jobs whose runs haven't ended. Every
/// method is atomic, see ``JobStore``.
public protocol WaitingReader: AnyObject {
  /// Returns up to `limit` pending jobs, next to run first: runnable jobs by priority and age, then
  /// jobs with unmet prerequisites, then scheduled jobs by their times.
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
