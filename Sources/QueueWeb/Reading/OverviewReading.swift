package import QueueCore
package import QueueOperations

/// Whether all is well: what the overview shows beside the frame.
package struct Overview: Sendable {
  package let minutes: [MinuteCounts]
  package let minute: Statistics
  package let hour: Statistics
  package let day: Statistics
  package let oldest: Duration?
  package let scheduledJobs: Int
  package let groups: [ErrorGroup]
  /// Run times by minute, oldest first.
  package let heat: [Histogram]

  package static let minutesShown = 120

  package init(
    _ store: any JobStore, groups: [ErrorGroup], heat: [Histogram], at now: Moment
  ) throws(StoreError) {
    minutes = try store.minutes(Self.minutesShown, queue: nil, at: now)
    minute = try store.statistics(over: .minute, at: now)
    hour = try store.statistics(over: .hour, at: now)
    day = try store.statistics(over: .day, at: now)
    oldest = try store.longestWaits(at: now).values.max()
    scheduledJobs = try store.scheduledJobs(in: nil, atMost: QueueHealth.mostScheduled, at: now)
    self.groups = groups
    self.heat = heat
  }

  /// How long the jobs that may run now will take; nil if that can't be told.
  package func drain(of backlog: Int) -> Duration? {
    guard scheduledJobs < QueueHealth.mostScheduled, backlog > scheduledJobs else { return nil }
    return minute.timeToDrain(backlog - scheduledJobs)
  }
}
