public import QueueCore

extension PostgresJobStore {
  /// The table assigns the id, so that ids are never reused.
  public func addSchedule(
    _ new: NewSchedule, in zone: ZoneRules, at now: Moment
  ) throws -> Schedule {
    try changeRethrowing {
      try checkFree(new.name)
      try keepClocks(at: now)
      try write(
        try Schedule(new, id: Self.noID, in: zone, database: databaseID, at: now.wall))
      return try schedule(new.name)
    }
  }

  /// Reads by the index of names.
  public func schedules() throws(StoreError) -> [Schedule] {
    try allSchedules().compactMap { try? $0.get() }
  }

  /// Reads by the index of names.
  public func damagedSchedules() throws(StoreError) -> [DamagedSchedule] {
    try allSchedules().compactMap(\.damage)
  }

  private func allSchedules() throws(StoreError) -> [Result<Schedule, DamagedRow>] {
    try connection.all("SELECT * FROM @.schedules ORDER BY name") { row in ScheduleRow.result(row) }
  }

  /// Reads by the primary key.
  public func schedulePage(
    after id: ScheduleID?, limit: Int
  ) throws(StoreError) -> SchedulePage {
    let rows = try connection.all(
      "SELECT * FROM @.schedules WHERE id > $1 ORDER BY id LIMIT $2", id ?? Self.noID, limit
    ) { row in (id: ScheduleID(row.int64(0)), result: ScheduleRow.result(row)) }
    return SchedulePage(
      schedules: rows.compactMap { try? $0.result.get() },
      next: rows.count == limit ? rows.last?.id : nil)
  }

  /// Reads one row by the index of names; if it is missing, some names for the error's hint.
  public func schedule(_ name: String) throws(StoreError) -> Schedule {
    try schedule(name, locking: false)
  }

  /// - Parameter locking: whether to lock the row until the transaction ends.
  func schedule(_ name: String, locking: Bool) throws(StoreError) -> Schedule {
    let found = try connection.all(
      composed: """
        SELECT * FROM @.schedules WHERE name = $1 \(locking ? "FOR NO KEY UPDATE" : "")
        """, Parameters(name)
    ) { row throws(StoreError) in try ScheduleRow.read(row) }
    if let first = found.first { return first }
    throw try noSchedule(name)
  }

  private func noSchedule(_ name: String) throws(StoreError) -> StoreError {
    let names = try connection.all("SELECT name FROM @.schedules ORDER BY name LIMIT 1000") { row in
      row.text(0)
    }
    return StoreError.noSchedule(name, near: names)
  }

  /// Reads the primary key backwards.
  public func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence] {
    try occurrences(of: try schedule(name).id, limit: limit)
  }

  func occurrences(of id: ScheduleID, limit: Int) throws(StoreError) -> [Occurrence] {
    try connection.all(
      """
      SELECT o.turn, o.at, o.fate, o.through, o.times, o.job_id, o.enqueued_at,
        coalesce(j.state, o.state), coalesce(r.exit_code, o.exit_code),
        coalesce(r.elapsed_ms, o.ran_ms), o.ended_at
      FROM @.occurrences o LEFT JOIN @.states j ON j.seq = o.job AND o.ended_at IS NULL
        LEFT JOIN @.runs r ON r.id = j.run
      WHERE o.schedule = $1 ORDER BY o.turn DESC, o.at DESC LIMIT $2
      """,
      id, limit
    ) { row in OccurrenceRow.read(row) }
  }

  /// Reads, changes and writes the row in one transaction.
  public func changeSchedule(
    _ name: String, at now: Moment,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    try changeRethrowing {
      try keepClocks(at: now)
      let before = try schedule(name, locking: true)
      let changed = try body(before, databaseID)
      guard changed.schedule != before else { return changed }
      if changed.schedule.name != before.name { try checkFree(changed.schedule.name) }
      try write(changed.schedule)
      if let dropped = changed.dropped { try keep(dropped, of: before.id) }
      return changed
    }
  }

  /// Finds the jobs by their index. Removes damaged schedules, too.
  public func removeSchedule(_ name: String) throws(StoreError) -> [JobID] {
    try change { () throws(StoreError) in
      let id = try connection.first(
        "SELECT id FROM @.schedules WHERE name = $1 FOR UPDATE", name
      ) { row in ScheduleID(row.int64(0)) }
      guard let id else { throw try noSchedule(name) }
      let unfinished = try unfinishedJobs(of: id).map(\.id)
      try connection.run("DELETE FROM @.occurrences WHERE schedule = $1", id)
      try connection.run("DELETE FROM @.schedules WHERE id = $1", id)
      return unfinished
    }
  }

  // MARK: - Rows

  private func checkFree(_ name: String) throws(StoreError) {
    let taken = try connection.first("SELECT 1 FROM @.schedules WHERE name = $1", name) { row in
      row.int(0)
    }
    if taken != nil { throw StoreError.duplicateSchedule(name) }
  }

  /// The id of a schedule that isn't stored yet.
  private static let noID = ScheduleID(0)

  /// Stores a new schedule, or replaces the row of a known one.
  func write(_ schedule: Schedule) throws(StoreError) {
    let columns = ScheduleRow.columns
    let places = columns.indices.map { "$\($0 + 1)" }
    var parameters = ScheduleRow.parameters(schedule)
    let sql =
      schedule.id == Self.noID
      ? """
      INSERT INTO @.schedules (\(columns.joined(separator: ", ")))
      VALUES (\(places.joined(separator: ", ")))
      """
      : """
      UPDATE @.schedules SET \(zip(columns, places).map { "\($0) = \($1)" }.joined(separator: ", "))
      WHERE id = \(parameters.add(schedule.id))
      """
    _ = try connection.all(composed: sql, parameters) { _ in }
  }

  /// Whether history has an entry that begins at this time, which is unique.
  package func hasOccurrence(of schedule: Schedule, at time: Timestamp) throws(StoreError) -> Bool {
    try connection.first(
      "SELECT 1 FROM @.occurrences WHERE schedule = $1 AND turn = $2 AND at = $3", schedule.id,
      schedule.turn, time
    ) { row in row.int(0) } != nil
  }

  /// Adds an entry to a schedule's history: consecutive times without a job share one. Removes the
  /// oldest entries beyond the number that is kept.
  package func keep(
    _ occurrence: Occurrence, of id: ScheduleID, sequence: Int64? = nil
  ) throws(StoreError) {
    if let last = try occurrences(of: id, limit: 1).first,
      let merged = last.merged(with: occurrence)
    {
      try connection.run(
        """
        UPDATE @.occurrences SET through = $4, times = $5
        WHERE schedule = $1 AND turn = $2 AND at = $3
        """,
        id, last.turn, last.at, merged.through, merged.times)
      return
    }
    try connection.run(
      """
      INSERT INTO @.occurrences (schedule, turn, at, fate, through, times, job, job_id, enqueued_at,
        state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
      """,
      id, occurrence.turn, occurrence.at, occurrence.fate.rawValue, occurrence.through,
      occurrence.times, sequence, occurrence.job?.id, occurrence.job?.at, occurrence.job?.state)
    try connection.run(
      """
      DELETE FROM @.occurrences WHERE schedule = $1 AND (turn, at) < (
        SELECT turn, at FROM @.occurrences WHERE schedule = $1
        ORDER BY turn DESC, at DESC LIMIT 1 OFFSET $2)
      """,
      id, Occurrence.keptCount - 1)
  }
}
