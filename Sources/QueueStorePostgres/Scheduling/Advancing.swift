public import QueueCore

extension PostgresJobStore: ScheduleTransaction {
  /// Reads by the partial index of schedules that will be due.
  public func dueSchedules(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    let zones = PostgresArray(excluded.zones)
    let ids = PostgresArray(excluded.ids)
    let rows = try connection.all(
      """
      SELECT * FROM @.schedules WHERE paused_at IS NULL AND next_at <= $1
        AND zone <> ALL ($3) AND id <> ALL ($4) ORDER BY next_at, id LIMIT $2
      """,
      now.wall, limit, zones, ids
    ) { row in ScheduleRow.result(row) }
    var due = DueSchedules(schedules: rows.compactMap { try? $0.get() }, nextAt: nil)
    due.damaged = rows.compactMap(\.damage)
    due.clocks = try comparableClocks()
    guard rows.isEmpty else { return due }
    due.nextAt = try connection.first(
      """
      SELECT next_at FROM @.schedules WHERE paused_at IS NULL AND next_at IS NOT NULL
        AND zone <> ALL ($1) AND id <> ALL ($2) ORDER BY next_at LIMIT 1
      """,
      zones, ids
    ) { row in row.timestamp(0) }
    return due
  }

  /// Stores a schedule's next time and the jobs before it in one transaction, so that no time gets
  /// two jobs and none is lost.
  public func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    let advances = try change { () throws(StoreError) in
      try keepClocks(at: now)
      var advances: [ScheduleAdvance] = []
      for move in moves.sorted(by: { $0.schedule < $1.schedule }) {
        if let advance = try advance(move, settings: settings, at: now) { advances.append(advance) }
      }
      return advances
    }
    onEnqueue()
    return advances
  }

  /// Returns nil, with nothing changed, if the schedule has changed since the move was computed.
  private func advance(
    _ move: ScheduleMove, settings: Settings, at now: Moment
  ) throws(StoreError) -> ScheduleAdvance? {
    let found = try connection.first(
      "SELECT * FROM @.schedules WHERE id = $1 FOR NO KEY UPDATE", move.schedule
    ) { row throws(StoreError) in try ScheduleRow.read(row) }
    guard let before = found, before.accepts(move) else { return nil }
    var advance = ScheduleAdvance(schedule: before)
    advance.missed = move.missed
    for entry in advance.schedule.start(move) { try keep(entry, of: before.id) }
    for due in move.due where advance.schedule.mayEnqueue {
      try enqueue(due, &advance, settings: settings, at: now)
    }
    try write(advance.schedule)
    return advance
  }

  /// Links a job that was just inserted to its schedule.
  package func link(
    _ new: NewJob, _ id: JobID, _ sequence: Int64, to schedule: Schedule, _ due: ScheduleMove.Due,
    _ fate: Occurrence.Fate, at now: Moment
  ) throws(StoreError) {
    var stored = InsertTally()
    stored.add(new, as: id, .pending, sequence: sequence)
    try countEnqueued(stored, without: try settle(stored, at: now), at: now)
    try connection.run(
      """
      WITH details AS (
        UPDATE @.jobs SET schedule = $2, schedule_name = $3, scheduled_for = $4, stands_for = $5
        WHERE seq = $1
      ), waiting AS (UPDATE @.work SET schedule = $2 WHERE seq = $1)
      INSERT INTO @.scheduled_work (schedule, job) VALUES ($2, $1) ON CONFLICT DO NOTHING
      """,
      sequence, schedule.id, schedule.name, due.at, due.standsFor)
    let job = Occurrence.Enqueued(id, at: now.wall)
    try keep(
      Occurrence(at: due.at, fate, turn: schedule.turn, job: job), of: schedule.id,
      sequence: sequence)
  }

  package func cancel(_ jobs: [UnfinishedJob], at now: Moment) throws(StoreError) {
    try cancelUnfinished(jobs.map(\.sequence), at: now)
  }

  package func unfinishedJobs(of schedule: ScheduleID) throws(StoreError) -> [UnfinishedJob] {
    try connection.all(
      """
      SELECT d.id, w.state, w.seq FROM @.scheduled_work s JOIN @.work w ON w.seq = s.job
      JOIN @.jobs d ON d.seq = s.job WHERE s.schedule = $1 ORDER BY w.seq
      """,
      schedule
    ) { row in
      UnfinishedJob(
        id: JobID(trusted: row.text(0)), state: JobState(rawValue: row.text(1)) ?? .pending,
        sequence: row.int64(2))
    }
  }
}
