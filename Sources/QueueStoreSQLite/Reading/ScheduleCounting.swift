public import QueueCore

extension SQLiteJobStore {
  /// Reads indexes, and the rows of paused, late and faulty schedules. The first statement is for
  /// queues without schedules: preparing the others costs more.
  public func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts {
    var counts = ScheduleCounts()
    guard try connection.first("SELECT 1 FROM schedules LIMIT 1", read: { $0.int(0) }) != nil else {
      return counts
    }
    _ = try connection.first(
      """
      SELECT (SELECT count(*) FROM schedules),
        (SELECT count(*) FROM schedules WHERE paused_at IS NULL AND next_at < ?),
        (SELECT min(next_at) FROM schedules INDEXED BY schedules_due WHERE paused_at IS NULL)
      """,
      now.wall + (.zero - ScheduleCheck.display.lateLimit)
    ) { row in
      counts.all = row.int(0)
      counts.late = row.int(1)
      if !row.isNull(2) { counts.longestDelay = max(.zero, now.wall - row.timestamp(2)) }
    }
    _ = try connection.first(
      """
      SELECT count(paused_at), total(paused_at IS NULL AND problem IS NOT NULL),
        total(paused_at IS NULL AND failures_in_row > 0),
        total(paused_at IS NULL AND skips_in_row > ?)
      FROM schedules INDEXED BY schedules_noted WHERE paused_at IS NOT NULL
        OR problem IS NOT NULL OR failures_in_row > 0 OR skips_in_row > 0
      """,
      ScheduleCheck.skipLimit
    ) { row in
      counts.paused = row.int(0)
      counts.broken = row.int(1)
      counts.failing = row.int(2)
      counts.skipping = row.int(3)
    }
    return counts
  }
}
