public import QueueCore

extension SQLiteJobStore {
  /// Two statements, because preparing the second costs more than most queues need: they have no
  /// schedules.
  public func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts {
    guard try connection.first("SELECT 1 FROM schedules LIMIT 1", read: { $0.int(0) }) != nil else {
      return ScheduleCounts()
    }
    let limits = ScheduleCheck.display.lateLimit
    let counts = try connection.first(
      """
      SELECT count(*), count(paused_at),
        total(paused_at IS NULL AND next_at < ?1), total(paused_at IS NULL AND failures_in_row > 0),
        total(paused_at IS NULL AND skips_in_row > ?2),
        total(paused_at IS NULL AND problem IS NOT NULL),
        min(CASE WHEN paused_at IS NULL THEN next_at END)
      FROM schedules
      """,
      now.wall + (.zero - limits), ScheduleCheck.skipLimit
    ) { row in
      var counts = ScheduleCounts()
      counts.all = row.int(0)
      counts.paused = row.int(1)
      counts.late = row.int(2)
      counts.failing = row.int(3)
      counts.skipping = row.int(4)
      counts.broken = row.int(5)
      if !row.isNull(6) { counts.longestDelay = max(.zero, now.wall - row.timestamp(6)) }
      return counts
    }
    return counts ?? ScheduleCounts()
  }
}
