public import QueueCore

/// Event counts per minute, later per hour. Events are appended to the journal and folded into
/// `rates`; readers add both.
extension PostgresJobStore {
  /// Returns a window's statistics. Reads one row per minute or hour, queue, event and bucket.
  public func statistics(
    over window: StatisticsWindow, at now: Moment
  ) throws(StoreError) -> Statistics {
    let start = window.start(at: now.wall)
    let rows = try connection.all(
      """
      SELECT queue, event, bucket, sum(times)::bigint, max(longest_ms) FROM (
        SELECT queue, event, bucket, times, longest_ms FROM @.rates
        WHERE minute BETWEEN $1 AND $2
        UNION ALL SELECT queue, event, bucket, times, longest_ms FROM @.hourly_rates
        WHERE minute BETWEEN $1 AND $2
        UNION ALL SELECT q.name, n.event, @.bucket_1(n.ms), n.times, n.ms
        FROM @.journal n JOIN @.queues q ON q.no = n.queue
        WHERE n.event IS NOT NULL AND n.at / 60000 BETWEEN $1 AND $2) counted
      GROUP BY queue, event, bucket
      """,
      start.minute, now.wall.minute
    ) { row in
      (
        queue: row.text(0), event: QueueEvent(rawValue: row.text(1)), bucket: row.int(2),
        times: row.int(3), longest: Duration.milliseconds(row.int64(4))
      )
    }
    var queues: [String: QueueStatistics] = [:]
    for row in rows {
      guard let event = row.event else { continue }
      queues[row.queue, default: QueueStatistics()].add(
        event, times: row.times, bucket: row.bucket, longest: row.longest)
    }
    return Statistics(span: now.wall - start, queues: queues)
  }

  /// Returns counts per minute, from the ``wholeMinutes`` that are kept.
  public func minutes(
    _ count: Int, queue: String?, at now: Moment
  ) throws(StoreError) -> [MinuteCounts] {
    let latest = now.wall.minute
    let first = latest - Int64(count) + 1
    var minutes = (first...latest).map { MinuteCounts(start: Timestamp(milliseconds: $0 * 60_000)) }
    let rows = try connection.all(
      """
      SELECT minute, event, sum(times)::bigint FROM (
        SELECT minute, queue, event, times FROM @.rates
        UNION ALL SELECT n.at / 60000, q.name, n.event, n.times
        FROM @.journal n JOIN @.queues q ON q.no = n.queue WHERE n.event IS NOT NULL) counted
      WHERE minute BETWEEN $1 AND $2 AND ($3 IS NULL OR queue = $3) GROUP BY minute, event
      """,
      first, latest, queue
    ) { row in (minute: row.int64(0), event: QueueEvent(rawValue: row.text(1)), times: row.int(2)) }
    for row in rows {
      if let event = row.event { minutes[Int(row.minute - first)][event] = row.times }
    }
    return minutes
  }

  /// Returns the ended runs among the latest, by run number, newest first.
  public func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun] {
    let rows = try connection.all(
      """
      SELECT left(j.command, 200), r.elapsed_ms, r.outcome, r.exit_code, r.signal, r.error
      FROM (SELECT * FROM @.runs ORDER BY id DESC LIMIT $1) r
      JOIN @.jobs j ON j.seq = r.job JOIN @.queues q ON q.no = j.queue
      WHERE r.outcome IS NOT NULL AND ($2 IS NULL OR q.name = $2) ORDER BY r.id DESC
      """,
      count, queue
    ) { row in
      RunEnd(row, from: 2).map { end in
        RecentRun(
          command: row.text(0), end: QueueEvent(end), elapsed: .milliseconds(row.int64(1)))
      }
    }
    return rows.compactMap { $0 }
  }

  /// Folds the journal, and one hour of `rates` per call.
  public func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    try connection.run("SELECT @.fold_1()")
    guard try hourToFold(at: now) != nil else { return false }
    return try change { () throws(StoreError) in
      guard let hour = try hourToFold(at: now) else { return false }
      try connection.run(
        """
        WITH old AS (DELETE FROM @.rates WHERE minute < $1 + 60 RETURNING *)
        INSERT INTO @.hourly_rates AS h (minute, queue, event, bucket, times, longest_ms)
        SELECT $1, queue, event, bucket, sum(times), max(longest_ms) FROM old
        GROUP BY queue, event, bucket
        ON CONFLICT (minute, queue, event, bucket) DO UPDATE
          SET times = h.times + excluded.times,
            longest_ms = greatest(h.longest_ms, excluded.longest_ms)
        """,
        hour)
      try connection.run(
        "DELETE FROM @.hourly_rates WHERE minute < $1", now.wall.minute - Self.wholeHours * 60)
      return true
    }
  }

  private func hourToFold(at now: Moment) throws(StoreError) -> Int64? {
    let oldest = try connection.first("SELECT min(minute) FROM @.rates") { row in
      row.optionalInt64(0)
    }
    guard let oldest = oldest.flatMap({ $0 }) else { return nil }
    let hour = oldest - oldest % 60
    return hour + 60 + Self.wholeMinutes <= now.wall.minute ? hour : nil
  }

  /// How many minutes are kept before folding; also the longest series.
  private static let wholeMinutes: Int64 = 120
  /// How many hours are kept: more than the longest window, a day.
  private static let wholeHours: Int64 = 48
}
