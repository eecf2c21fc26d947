public import QueueCore

extension SQLiteJobStore {
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

  func recordedClocks() throws(StoreError) -> ClockRecord? {
    try connection.first("SELECT value FROM meta WHERE key = 'schedule_clocks'") { row in
      ClockRecord(text: row.text(0))
    } ?? nil
  }

  private func write(_ record: ClockRecord) throws(StoreError) {
    try connection.run(
      "INSERT OR REPLACE INTO meta VALUES ('schedule_clocks', ?)", record.text)
  }
}
