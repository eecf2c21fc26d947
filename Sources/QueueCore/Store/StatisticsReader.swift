/// Reads maintained statistics; nil queues mean all. Every method is atomic, see ``JobStore``.
public protocol StatisticsReader: AnyObject {
  /// Returns the statistics of a window up to now, at most a day.
  func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError) -> Statistics
  /// Returns the counts of the last minutes, at most 120, oldest first; the last is partial.
  func minutes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [MinuteCounts]
  /// Returns the run times of the same minutes as ``minutes(_:queue:at:)``.
  func runTimes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [Histogram]
  /// Returns all events since the queue was created, by queue. They only grow, except that a queue
  /// without jobs may be forgotten two days after its last event.
  func totals() throws(StoreError) -> [String: QueueStatistics]
  /// Returns, by queue, the longest wait among the first claimable jobs of each priority.
  func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration]
  /// Counts the jobs scheduled for a future time, up to `limit`.
  func scheduledJobs(in queue: String?, atMost limit: Int, at now: Moment) throws(StoreError) -> Int
  /// Returns the ended runs among the latest `count`, newest first.
  func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun]
}
