import QueueCore

/// How things go, from the figures that the store keeps.
extension Pulse {
  /// What the figures beside the sparkline are about.
  static let window = StatisticsWindow(minutes: 5)
  /// How many minutes the sparkline shows at most; the last one isn't over.
  static let trendMinutes = 40

  /// - Parameters:
  ///   - lastMinute: what the rate is taken from.
  ///   - recent: what happened in ``window``.
  ///   - minutes: what happened in each minute, oldest first.
  ///   - waits: how long the first in line waits, by queue.
  ///   - backlog: how many jobs still have something to run.
  init(
    lastMinute: Statistics, recent: Statistics, minutes: [MinuteCounts],
    waits: [String: Duration], backlog: Int
  ) {
    let total = recent.total
    trend = minutes.map { Double($0[.completed] + $0[.failed]) }
    failureTrend = minutes.map { Double($0[.failed]) }
    donePerSecond = lastMinute.perSecond(.completed)
    addedPerSecond = lastMinute.perSecond(.enqueued)
    failureShare = total.failureRate
    drain = lastMinute.timeToDrain(backlog)
    wait = Percentiles(total.wait)
    run = Percentiles(total.runTime)
    oldest = waits.values.max()
  }
}

extension Pulse.Percentiles {
  /// Nil where nothing was measured.
  init?(_ histogram: Histogram) {
    guard let p50 = histogram.percentile(0.5), let p95 = histogram.percentile(0.95) else {
      return nil
    }
    self.init(p50: p50, p95: p95, most: histogram.longest)
  }
}
