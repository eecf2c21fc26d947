package import QueueCore

/// How things go, from the figures that the store keeps.
extension QueueHealth {
  /// What the figures beside the sparkline are about.
  package static let window = StatisticsWindow(minutes: 5)
  /// How many minutes the sparkline shows at most; the last one isn't over.
  package static let trendMinutes = 40
  /// Of more jobs for later than these it isn't told how long the others will take.
  package static let mostScheduled = 20_000

  /// - Parameters:
  ///   - queue: whose figures they are; nil for all.
  ///   - backlog: how many of its jobs are unfinished.
  package init(
    of store: any StatisticsReader, queue: String? = nil, backlog: Int, at now: Moment
  ) throws(StoreError) {
    let lastMinute = try store.statistics(over: .minute, at: now)
    let window = try store.statistics(over: Self.window, at: now).of(queue)
    let minutes = try store.minutes(Self.trendMinutes, queue: queue, at: now)
    trend = minutes.map { Double($0[.completed] + $0[.failed]) }
    failureTrend = minutes.map { Double($0[.failed]) }
    backlogTrend = Self.backlogTrend(minutes, now: backlog)
    donePerSecond = lastMinute.perSecond(.completed, queue: queue)
    addedPerSecond = lastMinute.perSecond(.enqueued, queue: queue)
    leftPerSecond = donePerSecond + lastMinute.perSecond(.dead, queue: queue)
    failureShare = window.failureRate
    wait = Percentiles(window.wait)
    run = Percentiles(window.runTime)
    let waits = try store.longestWaits(at: now)
    oldest = queue.map { waits[$0] } ?? waits.values.max()
    scheduled = try store.scheduledJobs(in: queue, atMost: Self.mostScheduled, at: now)
    // Jobs for later take no time now.
    if scheduled < Self.mostScheduled, backlog > scheduled {
      drain = lastMinute.timeToDrain(backlog - scheduled, queue: queue)
    }
  }

  /// Counted back from now by what came and went in each minute. What was cancelled before it ran,
  /// retried by hand or removed isn't among those figures.
  package static func backlogTrend(_ minutes: [MinuteCounts], now: Int) -> [Double] {
    var backlog = now
    let trend = minutes.reversed().map { minute in
      defer { backlog += minute[.completed] + minute[.dead] - minute[.enqueued] }
      return Double(max(0, backlog))
    }
    return trend.reversed()
  }
}

extension QueueHealth.Percentiles {
  /// Nil where nothing was measured.
  package init?(_ histogram: Histogram) {
    guard let p50 = histogram.percentile(0.5), let p95 = histogram.percentile(0.95) else {
      return nil
    }
    self.init(p50: p50, p95: p95, most: histogram.longest)
  }
}
