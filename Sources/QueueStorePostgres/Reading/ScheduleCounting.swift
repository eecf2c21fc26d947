public import QueueCore

extension PostgresJobStore {
  /// Reads no definition.
  public func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts {
    let limits = ScheduleCheck.display.lateLimit
    let counts = try connection.first(
      """
      SELECT count(*), count(paused_at),
        count(*) FILTER (WHERE paused_at IS NULL AND next_at < $1),
        count(*) FILTER (WHERE paused_at IS NULL AND failures_in_row > 0),
        count(*) FILTER (WHERE paused_at IS NULL AND skips_in_row > $2),
        count(*) FILTER (WHERE paused_at IS NULL AND problem IS NOT NULL),
        min(next_at) FILTER (WHERE paused_at IS NULL)
      FROM @.schedules
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
