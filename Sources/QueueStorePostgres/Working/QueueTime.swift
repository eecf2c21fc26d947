import QueueCore

/// Queue time is fixed once per boot of each host; `seen_at` is the latest that was kept.
extension PostgresJobStore {
  /// Returns the queue time, and fixes it for this boot if needed.
  func fixedQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let boot = now.boot, try storedClock(at: now) == nil {
      try connection.run(
        """
        INSERT INTO @.queue_clock (boot, offset_ms, seen_at)
        SELECT $1, greatest($2, max(seen_at)) - $3, 0 FROM @.queue_clock ON CONFLICT DO NOTHING
        """,
        boot.text, now.wall, now.uptime)
    }
    return try queueTime(at: now)
  }

  func fixedWallAhead(at now: Moment) throws(StoreError) -> Int64 {
    QueueClock.wallAhead(of: try fixedQueueTime(at: now), at: now)
  }

  /// Returns the queue time. Before the first write of this boot, the value that write would fix.
  func queueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let known = try storedClock(at: now)?.time(at: now) { return known }
    let latest = try connection.first("SELECT max(seen_at) FROM @.queue_clock") { row in
      row.optionalTimestamp(0)
    }
    return max(now.wall, (latest ?? nil) ?? now.wall).milliseconds
  }

  /// Returns nil also if the boot's id is unreadable.
  private func storedClock(at now: Moment) throws(StoreError) -> QueueClock? {
    guard let boot = now.boot else { return nil }
    if let queueClock, queueClock.boot == boot { return queueClock }
    queueClock = try connection.first(
      "SELECT offset_ms FROM @.queue_clock WHERE boot = $1", boot.text
    ) { row in QueueClock(boot: boot, offset: row.int64(0)) }
    return queueClock
  }
}
