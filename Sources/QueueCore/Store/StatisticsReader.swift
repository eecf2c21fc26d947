/// What happened in a queue, from figures that are kept as it happens.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol StatisticsReader: AnyObject {
  /// What happened in a stretch of time up to now, from maintained figures. The longest one is a
  /// day.
  func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError) -> Statistics
  /// What happened in each of the last minutes, oldest first; the last one isn't over yet. At most
  /// 120.
  /// - Parameter queue: which to look at; nil for all.
  func minutes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [MinuteCounts]
  /// For each queue in which a job could run and doesn't: how long the first in line has waited, or
  /// the longest of them where there are several priorities.
  func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration]
  /// How many jobs wait for a time that is yet to come, as was asked for; counted no further than
  /// `limit`.
  /// - Parameter queue: which to look at; nil for all.
  func scheduledJobs(in queue: String?, atMost limit: Int, at now: Moment) throws(StoreError) -> Int
  /// Those of the latest runs that have ended, newest first: of at most `count`, the running ones
  /// not left out before counting.
  /// - Parameter queue: which to look at; nil for all.
  func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun]
}
