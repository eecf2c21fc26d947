package import QueueCore
package import QueueOperations

/// The content of the overview.
package struct Overview: Sendable {
  package let trends: Trends
  package let minute: Statistics
  package let oldest: Duration?
  package let scheduledJobs: Int
  package let groups: [ErrorGroup]

  package init(
    _ store: any JobStore, groups: [ErrorGroup], trends: Trends, scheduledJobs: Int,
    at now: Moment
  ) throws(StoreError) {
    self.trends = trends
    minute = try store.statistics(over: .minute, at: now)
    oldest = try store.longestWaits(at: now).values.max()
    self.scheduledJobs = scheduledJobs
    self.groups = groups
  }

  /// Estimates the time to run the backlog; nil if unknown.
  package func drain(of summary: QueueSummary) -> Duration? {
    let backlog = summary.backlog(in: nil, scheduled: scheduledJobs, longestWait: oldest)
    guard scheduledJobs < QueueHealth.mostScheduled, backlog > 0 else { return nil }
    return minute.timeToDrain(backlog)
  }
}

/// Figures of longer periods, too expensive to read for each page.
package struct Trends: Sendable {
  /// Counts by minute, oldest first.
  package let minutes: [MinuteCounts]
  /// Run times of the same minutes.
  package let runTimes: [Histogram]
  package let hour: QueueStatistics
  package let day: QueueStatistics

  private static let minutesShown = 120

  init(_ store: any StatisticsReader, at now: Moment) throws(StoreError) {
    minutes = try store.minutes(Self.minutesShown, queue: nil, at: now)
    runTimes = try store.runTimes(Self.minutesShown, queue: nil, at: now)
    hour = try store.statistics(over: .hour, at: now).total
    day = try store.statistics(over: .day, at: now).total
  }
}
