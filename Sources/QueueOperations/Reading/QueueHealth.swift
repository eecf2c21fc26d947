package import QueueCore

/// Rates, waits and durations, derived from the store's statistics.
extension QueueHealth {
  /// The period of the figures beside the sparkline.
  package static let window = StatisticsWindow(minutes: 5)
  /// The most minutes in the sparkline; the last one is incomplete.
  package static let trendMinutes = 40
  /// Jobs for later are counted up to this; with more, the time to drain the rest is unknown.
  package static let mostScheduled = 20_000

  /// - Parameters:
  ///   - queue: the queue; nil for all.
  ///   - summary: the number of jobs by queue and state.
  package init(
    of store: any StatisticsReader, queue: String? = nil, summary: QueueSummary, at now: Moment
  ) throws(StoreError) {
    let lastMinute = try store.statistics(over: .minute, at: now)
    let window = try store.statistics(over: Self.window, at: now).of(queue)
    let minutes = try store.minutes(Self.trendMinutes, queue: queue, at: now)
    trend = minutes.map { Double($0[.completed] + $0[.failed]) }
    failureTrend = minutes.map { Double($0[.failed]) }
    backlogTrend = Self.backlogTrend(
      minutes, now: summary.unfinished(in: queue.map { [$0] } ?? []))
    donePerSecond = lastMinute.perSecond(.completed, queue: queue)
    addedPerSecond = lastMinute.perSecond(.enqueued, queue: queue)
    leftPerSecond = donePerSecond + lastMinute.perSecond(.dead, queue: queue)
    failureShare = window.failureRate
    wait = Percentiles(window.wait)
    run = Percentiles(window.runTime)
    let waits = try store.longestWaits(at: now)
    oldest = queue.map { waits[$0] } ?? waits.values.max()
    scheduled = try store.scheduledJobs(in: queue, atMost: Self.mostScheduled, at: now)
    let backlog = summary.backlog(in: queue, scheduled: scheduled, longestWait: oldest)
    if scheduled < Self.mostScheduled, backlog > 0 {
      drain = lastMinute.timeToDrain(backlog, queue: queue)
    }
  }

  /// Reconstructs past backlogs from the present one and the arrivals and ends of each minute.
  /// Those leave out jobs that were cancelled while waiting, retried by an operator or removed.
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
  /// Nil without measurements.
  package init?(_ histogram: Histogram) {
    guard let p50 = histogram.percentile(0.5), let p95 = histogram.percentile(0.95) else {
      return nil
    }
    self.init(p50: p50, p95: p95, most: histogram.longest)
  }
}
