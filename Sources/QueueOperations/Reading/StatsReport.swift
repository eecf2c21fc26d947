package import QueueCore

/// The figures of `stats`: the last minute, hour and day, the backlog, and the newest runs.
package struct StatsReport {
  package static let windows: [(name: String, window: StatisticsWindow)] = [
    ("1m", .minute), ("1h", .hour), ("1d", .day),
  ]
  /// Only the newest runs are grouped by command; millions may exist.
  private static let mostRuns = 1000
  private static let mostCommands = 5

  package let queue: String?
  package let statistics: [Statistics]
  private let summary: QueueSummary
  /// Unfinished jobs that are scheduled for later.
  package let scheduled: Int
  package let longestWaits: [String: Duration]
  package let runs: Int
  package let slowest: [CommandFigures]
  package let mostFailing: [CommandFigures]

  package init(
    of store: any QueueReader & StatisticsReader, queue: String?, at now: Moment
  ) throws(StoreError) {
    self.queue = queue
    var statistics: [Statistics] = []
    for (_, window) in Self.windows {
      statistics.append(try store.statistics(over: window, at: now))
    }
    self.statistics = statistics
    summary = try store.summary()
    scheduled = try store.scheduledJobs(in: queue, atMost: .max, at: now)
    let waits = try store.longestWaits(at: now)
    longestWaits = queue.map { name in waits.filter { $0.key == name } } ?? waits
    let recent = try store.recentRuns(Self.mostRuns, queue: queue)
    runs = recent.count
    let commands = CommandFigures.of(recent)
    slowest = CommandFigures.slowest(Self.mostCommands, of: commands)
    mostFailing = CommandFigures.mostFailing(Self.mostCommands, of: commands)
  }

  /// The longest wait of a ready job; nil if none waits.
  package var longestWait: Duration? { longestWaits.values.max() }

  package var unfinished: Int { summary.unfinished(in: queue.map { [$0] } ?? []) }

  /// Time to run the backlog, at the rate of the shortest window in which jobs ended. Nil without a
  /// backlog or a rate.
  package var drain: (time: Duration, window: String)? {
    let backlog = summary.backlog(in: queue, scheduled: scheduled, longestWait: longestWait)
    guard backlog > 0 else { return nil }
    for (statistics, name) in zip(statistics, Self.windows.map(\.name)) {
      if let time = statistics.timeToDrain(backlog, queue: queue) { return (time, name) }
    }
    return nil
  }

  /// The percentiles that are shown.
  package static let shares = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1)]
}
