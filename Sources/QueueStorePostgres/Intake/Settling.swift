import QueueCore

/// The end of a transaction that stores jobs.
extension PostgresJobStore {
  /// Removes and returns refused jobs, stores prerequisites and makes unblocked jobs ready.
  func settle(
    _ stored: InsertTally, at now: Moment
  ) throws(StoreError) -> [BatchPrerequisites.Rejection] {
    let resolution = try stored.prerequisites.resolve { reference throws(StoreError) in
      try standing(of: reference)
    }
    try remove(resolution.refused.map(\.sequence), at: now)
    let waiting = resolution.waiting
    guard !waiting.isEmpty else { return resolution.refused }
    let links = waiting.flatMap { job in job.unmet.map { (job: job.sequence, link: $0) } }
    try connection.run(
      "SELECT @.connect_1($1, $2, $3, $4, $5)", PostgresArray(waiting.map(\.sequence)),
      PostgresArray(links.map(\.job)), PostgresArray(links.map(\.link.needs)),
      PostgresArray(links.map { $0.link.accepts == .anyEnd }), now.wall)
    return resolution.refused
  }

  /// Finds a prerequisite, which can't end or be removed before this transaction ends.
  private func standing(
    of reference: String
  ) throws(StoreError) -> (sequence: Int64, state: JobState) {
    let sequence = try sequence(of: reference)
    let word = try connection.first(
      "SELECT o_state FROM @.hold_1($1)", PostgresArray([sequence])
    ) { row in row.text(0) }
    // Removed since it was found.
    guard let word else { throw StoreError.noJob(reference, near: []) }
    guard let state = JobState(rawValue: word) else {
      throw StoreError.damaged(connection.address.shown, "a job is \(word)")
    }
    return (sequence, state)
  }

  /// Counts stored jobs. Refused ones were counted as removed, and so have to be counted as come.
  func countEnqueued(
    _ stored: InsertTally, without refused: [BatchPrerequisites.Rejection], at now: Moment
  ) throws(StoreError) {
    let accepted = stored.countsByQueue(without: refused)
    try journal(
      accepted.map { (queue: $0.key, state: JobState.pending, jobs: $0.value) }, .enqueued, at: now)
    let others = stored.counts.map { queue, states in
      (
        queue: queue, state: JobState.pending,
        jobs: states.values.reduce(0, +) - (accepted[queue] ?? 0)
      )
    }
    try journal(others.filter { $0.jobs > 0 }, nil, at: now)
  }

  /// Appends the arrival of jobs to the journal.
  func journal(
    _ counts: [(queue: String, state: JobState, jobs: Int)], _ event: QueueEvent?, at now: Moment
  ) throws(StoreError) {
    guard !counts.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO @.journal (at, times, queue, event, come)
      SELECT $1, a.jobs, q.no, $2, a.state
      FROM unnest($3, $4, $5) AS a (queue, state, jobs) JOIN @.queues q ON q.name = a.queue
      """,
      now.wall, event?.rawValue, PostgresArray(counts.map(\.queue)),
      PostgresArray(counts.map(\.state)), PostgresArray(counts.map(\.jobs)))
  }
}
