public import QueueCore

extension SQLiteJobStore {
  /// The table numbers the row, so that no id is given out twice.
  public func addSchedule(
    _ new: NewSchedule, in zone: ZoneRules, at now: Moment
  ) throws -> Schedule {
    try changeRethrowing {
      try checkFree(new.name)
      try write(
        try Schedule(new, id: Self.noID, in: zone, database: databaseID, at: now.wall))
      return try schedule(new.name)
    }
  }

  /// By the index of names.
  public func schedules() throws(StoreError) -> [Schedule] {
    try connection.all("SELECT * FROM schedules ORDER BY name") { row throws(StoreError) in
      try ScheduleRow.read(row)
    }
  }

  /// One row, by the index of names; for the hint of an error, some names.
  public func schedule(_ name: String) throws(StoreError) -> Schedule {
    let found = try connection.first(
      "SELECT * FROM schedules WHERE name = ?", name
    ) { row throws(StoreError) in try ScheduleRow.read(row) }
    if let found { return found }
    let names = try connection.all("SELECT name FROM schedules ORDER BY name LIMIT 1000") { row in
      row.text(0)
    }
    throw StoreError.noSchedule(name, near: names)
  }

  /// Along the primary key, from its end.
  public func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence] {
    try occurrences(of: try schedule(name).id, limit: limit)
  }

  func occurrences(of id: ScheduleID, limit: Int) throws(StoreError) -> [Occurrence] {
    try connection.all(
      """
      SELECT turn, at, fate, through, times, job_id, enqueued_at, state, exit_code, ran_ms, ended_at
      FROM occurrences WHERE schedule = ?1 ORDER BY turn DESC, at DESC LIMIT ?2
      """,
      id, limit
    ) { row in OccurrenceRow.read(row) }
  }

  /// Reads, changes and writes the row in one transaction.
  public func changeSchedule(
    _ name: String,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    try changeRethrowing {
      let before = try schedule(name)
      let changed = try body(before, databaseID)
      guard changed.schedule != before else { return changed }
      if changed.schedule.name != before.name { try checkFree(changed.schedule.name) }
      try write(changed.schedule)
      if let dropped = changed.dropped { try keep(dropped, of: before.id) }
      return changed
    }
  }

  /// The jobs are found by the partial index of unfinished ones.
  public func removeSchedule(_ name: String) throws(StoreError) -> [JobID] {
    try change { () throws(StoreError) in
      let id = try schedule(name).id
      let unfinished = try unfinishedJobs(of: id).map(\.id)
      try connection.run("DELETE FROM occurrences WHERE schedule = ?", id)
      try connection.run("DELETE FROM schedules WHERE id = ?", id)
      return unfinished
    }
  }

  // MARK: - Rows

  private func checkFree(_ name: String) throws(StoreError) {
    let taken = try connection.first("SELECT 1 FROM schedules WHERE name = ?", name) { row in
      row.int(0)
    }
    if taken != nil { throw StoreError.duplicateSchedule(name) }
  }

  /// The id of a schedule that the table is to number.
  private static let noID = ScheduleID(0)

  /// Stores a new schedule, or replaces the row of a known one.
  func write(_ schedule: Schedule) throws(StoreError) {
    let id = schedule.id == Self.noID ? nil : schedule.id
    let columns = ScheduleRow.columns
    _ = try connection.all(
      composed: """
        INSERT INTO schedules (id, \(columns.joined(separator: ", ")))
        VALUES (?\(String(repeating: ", ?", count: columns.count)))
        ON CONFLICT (id) DO UPDATE SET
          \(columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        """, [id] + ScheduleRow.values(schedule)
    ) { _ in }
  }

  /// Adds an entry to a schedule's history: times in a row without a job share one. Of more than
  /// are kept, the oldest go.
  func keep(
    _ occurrence: Occurrence, of id: ScheduleID, sequence: Int64? = nil
  ) throws(StoreError) {
    if let last = try occurrences(of: id, limit: 1).first,
      let merged = last.merged(with: occurrence)
    {
      try connection.run(
        """
        UPDATE occurrences SET through = ?4, times = ?5
        WHERE schedule = ?1 AND turn = ?2 AND at = ?3
        """,
        id, last.turn, last.at, merged.through, merged.times)
      return
    }
    try connection.run(
      """
      INSERT INTO occurrences (schedule, turn, at, fate, through, times, job, job_id, enqueued_at,
        state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      id, occurrence.turn, occurrence.at, occurrence.fate.rawValue, occurrence.through,
      occurrence.times, sequence, occurrence.job?.id, occurrence.job?.at, occurrence.job?.state)
    try connection.run(
      """
      DELETE FROM occurrences WHERE schedule = ?1 AND (turn, at) < (
        SELECT turn, at FROM occurrences WHERE schedule = ?1
        ORDER BY turn DESC, at DESC LIMIT 1 OFFSET ?2)
      """,
      id, Occurrence.keptCount - 1)
  }
}
