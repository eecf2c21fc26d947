import QueueCore

/// The counts and prerequisites of the jobs that a transaction has stored.
struct InsertTally {
  private var prerequisites = BatchPrerequisites()
  private var counts: [String: [JobState: Int]] = [:]
  /// The queues of jobs that may still be refused.
  private var queues: [JobID: String] = [:]

  mutating func add(_ job: NewJob, as id: JobID, _ state: JobState, sequence: Int64) {
    counts[job.queue, default: [:]][state, default: 0] += 1
    guard !job.prerequisites.isEmpty else { return }
    prerequisites.add(job, as: id, sequence: sequence)
    queues[id] = job.queue
  }

  /// Records that `absent` wasn't stored because the unfinished job `holder` has its key.
  mutating func add(_ holder: JobID, insteadOf absent: NewJob) {
    prerequisites.add(holder, insteadOf: absent)
  }

  func countsByQueue(without refused: [BatchPrerequisites.Refusal]) -> [String: Int] {
    var counts = counts.mapValues { $0.values.reduce(0, +) }
    for refusal in refused {
      if let queue = queues[refusal.job] { counts[queue, default: 0] -= 1 }
    }
    return counts.filter { $0.value > 0 }
  }
}

extension InsertTally {
  /// Counts the jobs, removes and returns refused ones, stores prerequisites and makes unblocked
  /// jobs ready. A trigger would count per job, and SQLite would save the pages before each.
  func settle(
    in store: SQLiteJobStore, at now: Moment
  ) throws(StoreError) -> [BatchPrerequisites.Refusal] {
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
      throw StoreError(.corrupt, "\(connection.path) is damaged: a job is \(word ?? "gone")")
    }
    return (sequence, state)
  }
}
