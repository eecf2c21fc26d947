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

  func recordedClocks() throws(StoreError) -> ClockRecord? {
    try fact("schedule_clocks").flatMap { ClockRecord(text: $0) }
  }

  private func write(_ record: ClockRecord) throws(StoreError) {
    try setFact("schedule_clocks", to: record.text)
  }
}
