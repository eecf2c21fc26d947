public import QueueCore

/// What happened in each minute, counted in the transaction in which it happens: one upsert an
/// event, so that nobody ever has to look at all jobs. Minutes that are over for long are folded
/// into hours.
extension SQLiteJobStore {
  /// Counts an event.
  /// - Parameter duration: how long what it is about took; zero where that makes no sense.
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

  /// As many rows as minutes, or hours, and buckets were in use since the window's start.
  public func statistics(
    over window: StatisticsWindow, at now: Moment
  ) throws(StoreError) -> Statistics {
    let start = window.start(at: now.wall)
    let rows = try connection.all(
      """
      SELECT queue, event, bucket, sum(times), max(longest_ms) FROM rates
      WHERE minute BETWEEN ?1 AND ?2 GROUP BY queue, event, bucket
      UNION ALL
      SELECT queue, event, bucket, sum(times), max(longest_ms) FROM hourly_rates
      WHERE minute BETWEEN ?1 AND ?2 GROUP BY queue, event, bucket
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

  /// Read from the minutes alone: at most ``wholeMinutes`` of them are kept.
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

  /// Along the runs by their numbers, from the newest down.
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

  /// One hour a call.
  public func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    // Nobody waits for the lock while there is nothing to do.
    guard try hourToFold(at: now) != nil else { return false }
    return try workerChange { () throws(StoreError) in
      guard let hour = try hourToFold(at: now) else { return false }
      try connection.run(
        """
        INSERT INTO hourly_rates (minute, queue, event, bucket, times, longest_ms)
        SELECT ?1, queue, event, bucket, sum(times), max(longest_ms) FROM rates
        WHERE minute < ?1 + 60 GROUP BY queue, event, bucket
        ON CONFLICT DO UPDATE SET times = times + excluded.times,
          longest_ms = max(longest_ms, excluded.longest_ms)
        """,
        hour)
      try connection.run("DELETE FROM rates WHERE minute < ?", hour + 60)
      try connection.run(
        "DELETE FROM hourly_rates WHERE minute < ?", now.wall.minute - Self.wholeHours * 60)
      return true
    }
  }

  /// The first minute of the oldest hour that isn't folded yet, if it is time to.
  private func hourToFold(at now: Moment) throws(StoreError) -> Int64? {
    let oldest = try connection.first("SELECT min(minute) FROM rates") { row in
      row.optionalInt64(0)
    }
    guard let oldest = oldest.flatMap({ $0 }) else { return nil }
    let hour = oldest - oldest % 60
    return hour + 60 + Self.wholeMinutes <= now.wall.minute ? hour : nil
  }

  /// How many minutes are kept as such; the longest series that can be asked for.
  private static let wholeMinutes: Int64 = 120
  /// How many hours are kept: more than the longest window, a day, reaches back.
  private static let wholeHours: Int64 = 48
}
