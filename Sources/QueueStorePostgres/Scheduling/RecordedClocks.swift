public import QueueCore

extension PostgresJobStore {
  /// One row of `meta`.
  public func recordClocks(at now: Moment, replacing known: ClockRecord) throws(StoreError) {
    try change { () throws(StoreError) in
      if try recordedClocks() == known { try write(ClockRecord(now)) }
    }
  }

  /// Leaves a record from before the clock was set: workers still have to review the schedules.
  func keepClocks(at now: Moment) throws(StoreError) {
    try write(try recordedClocks()?.kept(at: now) ?? ClockRecord(now))
  }

  /// Nil if the server's clock was set since this host read it: the caller's moment predates that,
  /// and would look like a setback from another host's record.
  func comparableClocks() throws(StoreError) -> ClockRecord? {
    let before = connection.clock.reading
    let known = try connection.timed { () throws(StoreError) in
      try connection.first(
        """
        SELECT (SELECT value FROM @.meta WHERE key = 'schedule_clocks'),
          floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
        """
      ) { row in (record: row.optionalText(0), wall: row.timestamp(1)) }
    } wall: {
      $0?.wall
    }
    guard !connection.clock.wasSet(since: before) else { return nil }
    return known?.record.flatMap { ClockRecord(text: $0) }
  }

  func recordedClocks() throws(StoreError) -> ClockRecord? {
    try fact("schedule_clocks").flatMap { ClockRecord(text: $0) }
  }

  private func write(_ record: ClockRecord) throws(StoreError) {
    try setFact("schedule_clocks", to: record.text)
  }
}
