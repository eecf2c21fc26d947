public import QueueCore

extension PostgresJobStore {
  /// Stores all in one transaction.
  @discardableResult
  public func addSchedules(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule] {
    try changeRethrowing { try add(additions, at: now) }
  }

  /// Stores schedules within a transaction.
  @discardableResult
  func add(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule] {
    guard !additions.isEmpty else { return [] }
    try keepClocks(at: now)
    return try additions.map { addition in
      let name = addition.schedule.name
      guard try !hasSchedule(name) else { throw StoreError.duplicateSchedule(name) }
      // The table numbers the row.
      try write(
        try Schedule(
          addition.schedule, id: ScheduleID(0), in: addition.zone, database: databaseID,
          at: now.wall))
      return try schedule(name)
    }
  }

  private func hasSchedule(_ name: String) throws(StoreError) -> Bool {
    try connection.first("SELECT 1 FROM @.schedules WHERE name = $1", name) { $0.int(0) } != nil
  }
}
