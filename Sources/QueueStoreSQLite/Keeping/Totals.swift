public import QueueCore

/// The sums of past minutes, kept between reads: grouping three hours of events takes longer than
/// the rest of the metrics.
struct SettledTotals {
  /// The minutes before this one are in the sums.
  var end = Int64.min
  var queues: [String: QueueStatistics] = [:]
  /// The rows behind the sums.
  var source = Source()

  struct Source: Equatable {
    var events = 0
    var oldest: Int64?
  }
}

extension SQLiteJobStore {
  /// Returns the folded totals plus the minutes that aren't folded yet.
  public func totals() throws(StoreError) -> [String: QueueStatistics] {
    try reading { () throws(StoreError) in
      let settled = try settleTotals()
      var totals = settled.queues
      totals.add(
        try events(
          """
          SELECT queue, event, bucket, times, longest_ms FROM hourly_rates WHERE minute = ?1
          UNION ALL
          SELECT queue, event, bucket, sum(times), max(longest_ms) FROM rates
          WHERE minute >= ?2 GROUP BY queue, event, bucket
          """,
          Self.totalsMinute, settled.end))
      return totals
    }
  }

  /// Adds the minutes that are over by now. Starts over if an earlier one has changed, by a fold, a
  /// clock that was set back, or a long transaction.
  private func settleTotals() throws(StoreError) -> SettledTotals {
    var settled = settledTotals
    if try source(before: settled.end) != settled.source { settled = SettledTotals() }
    let latest = try connection.first("SELECT max(minute) FROM rates") { row in row.optionalInt64(0)
    }
    let end = (latest.flatMap { $0 } ?? 0) - Self.unsettledMinutes
    if end > settled.end {
      settled.queues.add(
        try events(
          """
          SELECT queue, event, bucket, sum(times), max(longest_ms) FROM rates
          WHERE minute >= ?1 AND minute < ?2 GROUP BY queue, event, bucket
          """,
          settled.end, end))
      settled.end = end
      settled.source = try source(before: end)
    }
    settledTotals = settled
    return settled
  }

  private func source(before end: Int64) throws(StoreError) -> SettledTotals.Source {
    try connection.first(
      "SELECT coalesce(sum(times), 0), min(minute) FROM rates WHERE minute < ?", end
    ) { row in
      SettledTotals.Source(events: row.int(0), oldest: row.optionalInt64(1))
    } ?? SettledTotals.Source()
  }

  /// The latest minutes, which still change.
  private static var unsettledMinutes: Int64 { 2 }
}

extension [String: QueueStatistics] {
  fileprivate mutating func add(_ others: [String: QueueStatistics]) {
    for (queue, events) in others { self[queue, default: QueueStatistics()].add(events) }
  }
}
