public import QueueCore

/// Event counts per minute, later per hour. One upsert per event, so no query scans all jobs.
extension SQLiteJobStore {
  /// Counts an event. `duration` is its wait or run time; zero for none.
  func count(
    _ event: QueueEvent, times: Int = 1, in queue: String, _ duration: Duration = .zero,
    at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO rates (minute, queue, event, bucket, times, longest_ms)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT DO UPDATE SET times = times + ?5, longest_ms = max(longest_ms, ?6)
      """,
      now.wall.minute, queue, event.rawValue, Histogram.bucket(of: duration), times,
      max(.zero, duration))
  }

  /// Returns a window's statistics. Reads one row per minute or hour, queue, event and bucket.
  public func statistics(
    over window: StatisticsWindow, at now: Moment
  ) throws(StoreError) -> Statistics {
    let start = window.start(at: now.wall)
    let queues = try events(
      """
      SELECT queue, event, bucket, sum(times), max(longest_ms) FROM rates
      WHERE minute BETWEEN ?1 AND ?2 GROUP BY queue, event, bucket
      UNION ALL
      SELECT queue, event, bucket, sum(times), max(longest_ms) FROM hourly_rates
      WHERE minute BETWEEN ?1 AND ?2 GROUP BY queue, event, bucket
      """,
      start.minute, now.wall.minute)
    return Statistics(span: now.wall - start, queues: queues)
  }

  func events<each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(StoreError) -> [String: QueueStatistics] {
    let rows = try connection.all(sql, repeat each values) { row in
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
    return queues
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
      SELECT minute, event, sum(times) FROM rates
      WHERE minute BETWEEN ?1 AND ?2 AND (?3 IS NULL OR queue = ?3) GROUP BY minute, event
      """,
      first, latest, queue
    ) { row in (minute: row.int64(0), event: QueueEvent(rawValue: row.text(1)), times: row.int(2)) }
    for row in rows {
      if let event = row.event { minutes[Int(row.minute - first)][event] = row.times }
    }
    return minutes
  }

  /// Returns run times per minute, from the ``wholeMinutes`` that are kept.
  public func runTimes(
    _ count: Int, queue: String?, at now: Moment
  ) throws(StoreError) -> [Histogram] {
    let latest = now.wall.minute
    let first = latest - Int64(count) + 1
    var minutes = [Histogram](repeating: Histogram(), count: count)
    _ = try connection.all(
      """
      SELECT minute, bucket, sum(times), max(longest_ms) FROM rates
      WHERE minute BETWEEN ?1 AND ?2 AND (?3 IS NULL OR queue = ?3)
        AND event IN ('completed', 'failed') GROUP BY minute, bucket
      """,
      first, latest, queue
    ) { row in
      minutes[Int(row.int64(0) - first)].add(
        row.int(2), in: row.int(1), longest: .milliseconds(row.int64(3)))
    }
    return minutes
  }

  /// Returns ended runs by run number, newest first.
  public func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun] {
    let rows = try connection.all(
      """
      SELECT substr(d.command, 1, 200), r.elapsed_ms, r.outcome, r.exit_code, r.signal, r.error
      FROM runs r JOIN jobs j ON j.seq = r.job JOIN job_details d ON d.seq = r.job
      WHERE r.id > (SELECT max(id) FROM runs WHERE job <> 0) - ?1 AND r.outcome IS NOT NULL
        AND (?2 IS NULL OR j.queue = ?2)
      ORDER BY r.id DESC
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

  /// Folds one hour per call. Takes no write lock if none is due.
  public func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    guard try hourToFold(at: now) != nil else { return false }
    return try workerChange { () throws(StoreError) in
      guard let hour = try hourToFold(at: now) else { return false }
      for target in [hour, Self.totalsMinute] {
        try connection.run(
          """
          INSERT INTO hourly_rates (minute, queue, event, bucket, times, longest_ms)
          SELECT ?1, queue, event, bucket, sum(times), max(longest_ms) FROM rates
          WHERE minute < ?2 GROUP BY queue, event, bucket
          ON CONFLICT DO UPDATE SET times = times + excluded.times,
            longest_ms = max(longest_ms, excluded.longest_ms)
          """,
          target, hour + 60)
      }
      try connection.run("DELETE FROM rates WHERE minute < ?", hour + 60)
      try connection.run(
        "DELETE FROM hourly_rates WHERE minute < ?", now.wall.minute - Self.wholeHours * 60)
      try forgetTotals()
      return true
    }
  }

  /// Drops the totals of forgotten queues without events in the last hours, so that they don't pile
  /// up where the names of queues keep changing.
  private func forgetTotals() throws(StoreError) {
    try connection.run(
      """
      DELETE FROM hourly_rates WHERE minute = ?1 AND queue NOT IN (SELECT name FROM queues)
        AND queue NOT IN (SELECT queue FROM hourly_rates WHERE minute < ?1)
        AND queue NOT IN (SELECT queue FROM rates)
      """,
      Self.totalsMinute)
  }

  private func hourToFold(at now: Moment) throws(StoreError) -> Int64? {
    let oldest = try connection.first("SELECT min(minute) FROM rates") { row in
      row.optionalInt64(0)
    }
    guard let oldest = oldest.flatMap({ $0 }) else { return nil }
    let hour = oldest - oldest % 60
    return hour + 60 + Self.wholeMinutes <= now.wall.minute ? hour : nil
  }

  /// The rows of `hourly_rates` that hold the totals of all folded hours: a time that no window
  /// reaches, which spares the schema a table.
  static let totalsMinute = Int64.max
  /// How many minutes are kept before folding; also the longest series.
  private static let wholeMinutes: Int64 = 120
  /// How many hours are kept: more than the longest window, a day.
  private static let wholeHours: Int64 = 48
}
