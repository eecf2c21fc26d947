public import QueueCore

extension SQLiteJobStore: ScheduleTransaction {
  /// Reads by the partial index of schedules that will be due.
  public func dueSchedules(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    let zones = Self.array(of: excluded.zones.sorted()) { $1.value($0) }
    let ids = Self.array(of: excluded.ids.sorted()) { $1.value($0.number) }
    let rows = try connection.all(
      """
      SELECT * FROM schedules INDEXED BY schedules_due
      WHERE paused_at IS NULL AND next_at <= ?1
        AND (?3 IS NULL OR zone NOT IN (SELECT value FROM json_each(?3)))
        AND (?4 IS NULL OR id NOT IN (SELECT value FROM json_each(?4)))
      ORDER BY next_at LIMIT ?2
      """,
      now.wall, limit, zones, ids
    ) { row in ScheduleRow.result(row) }
    var due = DueSchedules(schedules: rows.compactMap { try? $0.get() }, nextAt: nil)
    due.damaged = rows.compactMap(\.damage)
    due.clocks = try recordedClocks()
    guard rows.isEmpty else { return due }
    due.nextAt = try connection.first(
      """
      SELECT next_at FROM schedules INDEXED BY schedules_due
      WHERE paused_at IS NULL AND next_at IS NOT NULL
        AND (?1 IS NULL OR zone NOT IN (SELECT value FROM json_each(?1)))
        AND (?2 IS NULL OR id NOT IN (SELECT value FROM json_each(?2)))
      ORDER BY next_at LIMIT 1
      """,
      zones, ids
    ) { row in row.timestamp(0) }
    return due
  }

  /// An array of JSON; nil for an empty one.
  private static func array<Element>(
    of elements: [Element], _ write: (Element, inout JSONWriter) -> Void
  ) -> String? {
    guard !elements.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.array { json in for element in elements { write(element, &json) } }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Stores a schedule's next time and the jobs before it in one transaction, so that no time gets
  /// two jobs and none is lost.
  public func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    try connection.typed {
      try changeRethrowing(seen: onEnqueue) {
        try keepClocks(at: now)
        return try moves.sorted { $0.schedule < $1.schedule }
          .compactMap { try advance($0, settings: settings, at: now) }
      }
    }
  }

  /// Returns nil, with nothing changed, if the schedule has changed since the move was computed.
  private func advance(
    _ move: ScheduleMove, settings: Settings, at now: Moment
  ) throws(StoreError) -> ScheduleAdvance? {
    let found = try connection.first(
      "SELECT * FROM schedules WHERE id = ?", move.schedule
    ) { row throws(StoreError) in try ScheduleRow.read(row) }
    guard let before = found, before.accepts(move) else { return nil }
    var advance = ScheduleAdvance(schedule: before)
    advance.missed = move.missed
    for entry in advance.schedule.start(move) { try keep(entry, of: before.id) }
    for due in move.due where advance.schedule.mayEnqueue {
      try enqueue(due, &advance, settings: settings, at: now)
    }
    if advance.schedule.spec == before.spec {
      try writeProgress(advance.schedule)
    } else {
      try write(advance.schedule)
    }
    return advance
  }

  /// Links a job that was just inserted to its schedule.
  package func link(
    _ new: NewJob, _ id: JobID, _ sequence: Int64, to schedule: Schedule, _ due: ScheduleMove.Due,
    _ fate: Occurrence.Fate, at now: Moment
  ) throws(StoreError) {
    var stored = InsertTally()
    stored.add(new, as: id, .pending, sequence: sequence)
    _ = try stored.settle(in: self, at: now)
    try count(.enqueued, in: new.queue, at: now)
    try connection.run("UPDATE jobs SET schedule = ?2 WHERE seq = ?1", sequence, schedule.id)
    try connection.run(
      "UPDATE job_details SET schedule = ?2, scheduled_for = ?3, stands_for = ?4 WHERE seq = ?1",
      sequence, schedule.name, due.at, due.standsFor)
    let job = Occurrence.Enqueued(id, at: now.wall)
    try keep(
      Occurrence(at: due.at, fate, turn: schedule.turn, job: job), of: schedule.id,
      sequence: sequence)
  }

  package func cancel(_ jobs: [UnfinishedJob], at now: Moment) throws(StoreError) {
    for job in jobs { try cancelUnfinished(job.id, at: now) }
  }

  package func unfinishedJobs(of schedule: ScheduleID) throws(StoreError) -> [UnfinishedJob] {
    let jobs = try connection.all(
      """
      SELECT id, state, seq FROM jobs INDEXED BY jobs_of_schedule
      WHERE schedule = ? AND state IN ('pending', 'processing', 'failed')
      """,
      schedule
    ) { row in
      UnfinishedJob(
        id: JobID(trusted: row.text(0)), state: JobState(rawValue: row.text(1)) ?? .pending,
        sequence: row.int64(2))
    }
    return jobs.sorted { $0.sequence < $1.sequence }
  }
}
