import QueueCore

extension InsertTally {
  /// Counts the jobs, removes and returns refused ones, stores prerequisites and makes unblocked
  /// jobs ready. A trigger would count per job, and SQLite would save the pages before each.
  func settle(
    in store: SQLiteJobStore, at now: Moment
  ) throws(StoreError) -> [BatchPrerequisites.Rejection] {
    for (queue, states) in counts {
      for (state, jobs) in states { try Self.count(jobs, in: queue, state, store.connection) }
    }
    let resolution = try prerequisites.resolve { reference throws(StoreError) in
      try store.standing(of: reference)
    }
    for refusal in resolution.refused {
      // An imported job may have runs.
      try store.removeRuns(ofRow: refusal.sequence)
      try store.removeRow(refusal.sequence)
    }
    for job in resolution.waiting { try Self.connect(job, store.connection, at: now) }
    return resolution.refused
  }

  static func count(
    _ jobs: Int, in queue: String, _ state: JobState, _ connection: Connection
  ) throws(StoreError) {
    try connection.run("INSERT INTO queues (name) VALUES (?) ON CONFLICT DO NOTHING", queue)
    try connection.run(
      """
      INSERT INTO counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET jobs = jobs + ?3
      """,
      queue, state, jobs)
  }

  private static func connect(
    _ job: BatchPrerequisites.Waiting, _ connection: Connection, at now: Moment
  ) throws(StoreError) {
    for link in job.unmet {
      try connection.run(
        "INSERT INTO prerequisites (job, needs, any_end) VALUES (?, ?, ?)", job.sequence,
        link.needs, link.accepts == .anyEnd ? 1 : 0)
    }
    try connection.run(
      """
      UPDATE jobs SET waits_for = ?2,
        ready = ?2 = 0 AND state = 'pending' AND coalesce(run_at, 0) <= ?3
      WHERE seq = ?1
      """,
      job.sequence, job.unmet.count, now.wall)
  }
}

extension SQLiteJobStore {
  fileprivate func standing(
    of reference: String
  ) throws(StoreError) -> (sequence: Int64, state: JobState) {
    let sequence = try sequence(of: reference)
    let word = try connection.first("SELECT state FROM jobs WHERE seq = ?", sequence) { row in
      row.text(0)
    }
    guard let state = word.flatMap({ JobState(rawValue: $0) }) else {
      throw StoreError.damaged(connection.path, "a job is \(word ?? "missing")")
    }
    return (sequence, state)
  }
}
