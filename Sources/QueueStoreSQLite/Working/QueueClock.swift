import QueueCore

extension SQLiteJobStore {
  /// Returns the queue time, and fixes it for this boot if needed. Only inside a write.
  func fixedQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let boot = now.boot, try storedClock(at: now) == nil {
      let start = try firstQueueTime(at: now)
      try connection.run("DELETE FROM queue_clock")
      try connection.run(
        "INSERT INTO queue_clock VALUES (?, ?)", boot.text,
        start - now.uptime.milliseconds)
    }
    return try queueTime(at: now)
  }

  func fixedWallAhead(at now: Moment) throws(StoreError) -> Int64 {
    QueueClock.wallAhead(of: try fixedQueueTime(at: now), at: now)
  }

  /// Returns the queue time. Before the first write of this boot, the value that write would fix.
  func queueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let known = try knownQueueTime(at: now) { return known }
    return try firstQueueTime(at: now)
  }

  /// Returns a boot's first queue time: wall time, but no earlier than the last stored one. A wall
  /// clock that is behind at boot would otherwise delay failed jobs.
  private func firstQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    let latest = try connection.first(
      "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'queue_time'"
    ) { row in row.timestamp(0) }
    return max(now.wall, latest ?? now.wall).milliseconds
  }

  /// Stores queue time for the next boot, unless a later one is stored. Only inside a write.
  func keepQueueTime(at now: Moment) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO meta VALUES ('queue_time', ?)
      ON CONFLICT (key) DO UPDATE
        SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))
      """,
      try fixedQueueTime(at: now))
  }

  /// Returns the queue time; nil if it isn't fixed for this boot.
  func knownQueueTime(at now: Moment) throws(StoreError) -> Int64? {
    try storedClock(at: now)?.time(at: now)
  }

  /// Returns nil also if the boot's id is unreadable; another process fixes the offset then.
  private func storedClock(at now: Moment) throws(StoreError) -> QueueClock? {
    guard let boot = now.boot else { return nil }
    if let queueClock, queueClock.boot == boot { return queueClock }
    queueClock = try connection.first(
      "SELECT offset_ms FROM queue_clock WHERE boot = ?", boot.text
    ) { row in
      QueueClock(boot: boot, offset: row.int64(0))
    }
    return queueClock
  }
}
