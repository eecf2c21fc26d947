public import QueueCore

/// Event counts per minute, later per hour. Events are appended to the journal and folded into
/// `rates`; readers add both.
extension PostgresJobStore {
  /// Returns a window's statistics. Reads one row per minute or hour, queue, event and bucket.
  public func statistics(
    over window: StatisticsWindow, at now: Moment
  ) throws(StoreError) -> Statistics {
    let start = window.start(at: now.wall)
    let queues = try events(
      """
      SELECT queue, event, bucket, sum(times)::bigint, max(longest) FROM (
        SELECT queue, event, bucket, times, longest_ms AS longest FROM @.rates
        WHERE minute BETWEEN $1 AND $2
        UNION ALL SELECT queue, event, bucket, times, longest_ms FROM @.hourly_rates
        WHERE minute BETWEEN $1 AND $2
        UNION ALL SELECT q.name, n.event, n.bucket, n.times, n.longest FROM (
          SELECT queue, event, @.bucket_1(ms) AS bucket, sum(times) AS times, max(ms) AS longest
          FROM @.journal WHERE event IS NOT NULL AND at / 60000 BETWEEN $1 AND $2
          GROUP BY 1, 2, 3) n JOIN @.queues q ON q.no = n.queue) counted
      GROUP BY queue, event, bucket
      """,
      start.minute, now.wall.minute)
    return Statistics(span: now.wall - start, queues: queues)
  }

  /// Returns the folded totals plus the minutes and the journal that aren't folded yet.
  public func totals() throws(StoreError) -> [String: QueueStatistics] {
    try events(
      """
      SELECT queue, event, bucket, sum(times)::bigint, max(longest) FROM (
        SELECT queue, event, bucket, times, longest_ms AS longest FROM @.hourly_rates
        WHERE minute = $1
        UNION ALL SELECT queue, event, bucket, times, longest_ms FROM @.rates
        UNION ALL SELECT q.name, n.event, n.bucket, n.times, n.longest FROM (
          SELECT queue, event, @.bucket_1(ms) AS bucket, sum(times) AS times, max(ms) AS longest
          FROM @.journal WHERE event IS NOT NULL GROUP BY 1, 2, 3) n
        JOIN @.queues q ON q.no = n.queue) counted
      GROUP BY queue, event, bucket
      """,
      Self.totalsMinute)
  }

  private func events<each Value: PostgresValue>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(StoreError) -> [String: QueueStatistics] {
    let rows = try reading { () throws(StoreError) in
      try connection.all(sql, repeat each values) { row in
        (
          queue: row.text(0), event: QueueEvent(rawValue: row.text(1)), bucket: row.int(2),
          times: row.int(3), longest: Duration.milliseconds(row.int64(4))
        )
      }
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
    let rows = try reading { () throws(StoreError) in
      try connection.all(
        """
        SELECT minute, event, sum(times)::bigint FROM (
          SELECT minute, event, times FROM @.rates
          WHERE minute BETWEEN $1 AND $2 AND ($3 IS NULL OR queue = $3)
          UNION ALL SELECT n.minute, n.event, n.times FROM (
            SELECT at / 60000 AS minute, queue, event, sum(times) AS times FROM @.journal
            WHERE event IS NOT NULL AND at / 60000 BETWEEN $1 AND $2 GROUP BY 1, 2, 3) n
          JOIN @.queues q ON q.no = n.queue AND ($3 IS NULL OR q.name = $3)) counted
        GROUP BY minute, event
        """,
        first, latest, queue
      ) { row in
        (minute: row.int64(0), event: QueueEvent(rawValue: row.text(1)), times: row.int(2))
      }
    }
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
    let rows = try reading { () throws(StoreError) in
      try connection.all(
        """
        SELECT minute, bucket, times, longest_ms FROM @.rates
        WHERE minute BETWEEN $1 AND $2 AND ($3 IS NULL OR queue = $3)
          AND event IN ('completed', 'failed')
        UNION ALL SELECT n.minute, n.bucket, n.times, n.longest FROM (
          SELECT at / 60000 AS minute, queue, @.bucket_1(ms) AS bucket,
            sum(times)::bigint AS times, max(ms) AS longest
          FROM @.journal
          WHERE event IN ('completed', 'failed') AND at / 60000 BETWEEN $1 AND $2
          GROUP BY 1, 2, 3) n
        JOIN @.queues q ON q.no = n.queue AND ($3 IS NULL OR q.name = $3)
        """,
        first, latest, queue
      ) { row in
        (
          minute: row.int64(0), bucket: row.int(1), times: row.int(2),
          longest: Duration.milliseconds(row.int64(3))
        )
      }
    }
    var minutes = [Histogram](repeating: Histogram(), count: count)
    for row in rows {
      minutes[Int(row.minute - first)].add(row.times, in: row.bucket, longest: row.longest)
    }
    return minutes
  }

  /// Returns the ended runs among the latest, by run number, newest first.
  public func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun] {
    let rows = try reading { () throws(StoreError) in
      try connection.all(
        """
        SELECT left(j.command, 200), r.elapsed_ms, r.outcome, r.exit_code, r.signal, r.error
        FROM (SELECT * FROM @.runs ORDER BY id DESC LIMIT $1) r
        CROSS JOIN LATERAL (SELECT command, queue FROM @.jobs WHERE seq = r.job OFFSET 0) j
        JOIN @.queues q ON q.no = j.queue
        WHERE r.outcome IS NOT NULL AND ($2 IS NULL OR q.name = $2) ORDER BY r.id DESC
        """,
        count, queue
      ) { row in
        RunEnd(row, from: 2).map { end in
          RecentRun(
            command: row.text(0), end: QueueEvent(end), elapsed: .milliseconds(row.int64(1)))
        }
      }
    }
    return rows.compactMap { $0 }
  }

  /// Folds the journal and one hour of `rates`, and keeps the tables of unfinished jobs small.
  public func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    let folded = try sweep(for: nil, at: now)
    if unvacuumed >= Self.vacuumAfter {
      unvacuumed = 0
      // The server's own vacuum comes once a minute at most; claims pass over the rows until then.
      try connection.execute("VACUUM (TRUNCATE off) @.work, @.journal, @.floors")
    }
    try forgetSentOutputs(at: now)
    let hasFoldedHour = try foldHour(at: now)
    return hasFoldedHour || folded >= Self.manyRows
  }

  /// Folds the journal and raises the floors of queues, at most once a second: between two sweeps
  /// claims pass over the entries of all jobs claimed since. Of several workers, the first does it.
  /// A failure delays nothing: the next call repeats it.
  func sweepIfDue(for worker: WorkerID, at now: Moment) {
    if let sweptAt, (.zero..<(.seconds(1))).contains(now.uptime - sweptAt) { return }
    sweptAt = now.uptime
    _ = try? sweep(for: worker, at: now)
  }

  /// - Parameter worker: sweeps only if no earlier worker sends heartbeats; nil for any.
  /// - Returns: the number of folded rows.
  private func sweep(for worker: WorkerID?, at now: Moment) throws(StoreError) -> Int {
    let folded =
      try connection.first(
        """
        SELECT f.folded, @.sweep_1($1, $2) FROM (
          SELECT @.fold_1() AS folded WHERE NOT EXISTS (
            SELECT 1 FROM @.workers WHERE id < $3 AND NOT evicted AND heartbeat_at > $1 - 15000)) f
        """,
        now.wall, try fixedQueueTime(at: now), worker
      ) { row in row.int(0) } ?? 0
    unvacuumed += folded
    return folded
  }

  /// In rows of the journal, of which a run writes two.
  static let vacuumAfter = 10_000
  /// The number of rows after which more have probably been added meanwhile.
  private static let manyRows = 5000

  private func foldHour(at now: Moment) throws(StoreError) -> Bool {
    guard try hourToFold(at: now) != nil else { return false }
    return try change { () throws(StoreError) in
      guard let hour = try hourToFold(at: now) else { return false }
      try connection.run(
        """
        WITH old AS (DELETE FROM @.rates WHERE minute < $1 + 60 RETURNING *)
        INSERT INTO @.hourly_rates AS h (minute, queue, event, bucket, times, longest_ms)
        SELECT t.target, queue, event, bucket, sum(times), max(longest_ms)
        FROM old CROSS JOIN (VALUES ($1::bigint), ($2::bigint)) t (target)
        GROUP BY t.target, queue, event, bucket
        ON CONFLICT (minute, queue, event, bucket) DO UPDATE
          SET times = h.times + excluded.times,
            longest_ms = greatest(h.longest_ms, excluded.longest_ms)
        """,
        hour, Self.totalsMinute)
      try connection.run(
        "DELETE FROM @.hourly_rates WHERE minute < $1", now.wall.minute - Self.wholeHours * 60)
      try forgetTotals()
      return true
    }
  }

  /// Drops the totals of forgotten queues without events in the last hours.
  private func forgetTotals() throws(StoreError) {
    try connection.run(
      """
      DELETE FROM @.hourly_rates h WHERE minute = $1
        AND NOT EXISTS (SELECT 1 FROM @.queues WHERE name = h.queue)
        AND NOT EXISTS (SELECT 1 FROM @.hourly_rates WHERE minute < $1 AND queue = h.queue)
        AND NOT EXISTS (SELECT 1 FROM @.rates WHERE queue = h.queue)
      """,
      Self.totalsMinute)
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
  /// The rows of `hourly_rates` that hold the totals of all folded hours: no window reaches it.
  private static let totalsMinute = Int64.max
  /// How many hours are kept: more than the longest window, a day.
  private static let wholeHours: Int64 = 48
}
