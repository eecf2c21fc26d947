public import QueueCore

extension SQLiteJobStore {
  /// One transaction for all, however many there are; a queue's are counted together. The caller's error rolls it back.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    try changeRethrowing {
      var prerequisites = BatchPrerequisites()
      var added: [String: Int] = [:]
      var queuesOfWaiting: [JobID: String] = [:]
      while let job = try next() {
        let result = try insert(job, settings: settings, at: now)
        if case .added(let id) = result {
          prerequisites.add(job, as: id, sequence: connection.lastInsertedRow)
          added[job.queue, default: 0] += 1
          if !job.prerequisites.isEmpty { queuesOfWaiting[id] = job.queue }
        }
        try each(result)
      }
      for (queue, jobs) in added { try countStored(jobs, in: queue, .pending) }
      for refusal in try connect(prerequisites, at: now) {
        if let queue = queuesOfWaiting[refusal.job] { added[queue, default: 0] -= 1 }
        try each(.refused(refusal.job, reason: refusal.reason))
      }
      for (queue, jobs) in added where jobs > 0 {
        try count(.enqueued, times: jobs, in: queue, at: now)
      }
      try confirm()
    }
  }

  private func insert(
    _ job: NewJob, settings: Settings, at now: Moment
  ) throws(StoreError) -> EnqueueResult {
    while true {
      let id = job.id ?? ids.next(at: now.wall)
      if try insertRow(job, id, settings: settings, at: now) { return .added(id) }
      if let key = job.uniqueKey, let holder = try unfinishedJob(withKey: key) {
        return .keyTaken(key, by: holder)
      }
      if job.id != nil { return .exists(id) }
    }
  }

  /// Stores one job. False, and nothing changed, when the id or the key is taken.
  private func insertRow(
    _ job: NewJob, _ id: JobID, settings: Settings, at now: Moment
  ) throws(StoreError) -> Bool {
    let isDue = job.runAt.map { $0 <= now.wall } ?? true
    let added = try connection.run(
      """
      INSERT INTO jobs
        (id, state, queue, priority, ready, run_at, max_retries, created_at, updated_at, unique_key)
      VALUES (?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
      ON CONFLICT DO NOTHING
      """,
      id, job.queue, job.priority, isDue && job.prerequisites.isEmpty ? 1 : 0, job.runAt,
      job.maxRetries ?? settings.maxRetries, now.wall, job.uniqueKey)
    guard added == 1 else { return false }
    try insertDetails(
      of: job, connection.lastInsertedRow, timeout: job.timeout ?? settings.timeout)
    return true
  }

  /// Stores what is written once.
  func insertDetails(
    of job: NewJob, _ sequence: Int64, timeout: Duration?
  ) throws(StoreError) {
    let rules = job.retryRules
    try connection.run(
      """
      INSERT INTO job_details
        (seq, command, cwd, env, timeout_ms, backoff_base, backoff_max_ms, backoff_jitter,
          retry_on, no_retry_on, snooze_on)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      sequence, job.command, job.directory, EnvironmentText.encode(job.environment), timeout,
      rules.backoffBase, rules.backoffMax, rules.backoffJitter, rules.retryOn?.description,
      rules.noRetryOn?.description, rules.snoozeOn?.description)
  }

  /// The unfinished job that has this key; nil for none. By the index that lets there be only one.
  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    try connection.first(
      """
      SELECT id FROM jobs INDEXED BY jobs_unique
      WHERE unique_key = ?
        AND (state = 'pending' OR state = 'processing' OR state = 'failed')
      """,
      key
    ) { row in JobID(trusted: row.text(0)) }
  }

  /// Counts jobs that were stored in this transaction, before any of them is changed or removed in it.
  ///
  /// All at once: a trigger would do it for each job, and SQLite keep what all pages were before each job that has one.
  func countStored(_ jobs: Int, in queue: String, _ state: JobState) throws(StoreError) {
    try connection.run("INSERT INTO queues (name) VALUES (?) ON CONFLICT DO NOTHING", queue)
    try connection.run(
      """
      INSERT INTO counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET jobs = jobs + ?3
      """,
      queue, state, jobs)
  }

  // MARK: - Prerequisites

  /// Writes down which of the new jobs wait for which, and makes those ready that needn't.
  /// - Returns: the jobs that were removed again.
  func connect(
    _ prerequisites: BatchPrerequisites, at now: Moment
  ) throws(StoreError) -> [BatchPrerequisites.Refusal] {
    let resolution = try prerequisites.resolve { reference throws(StoreError) in
      try standing(of: reference)
    }
    for refusal in resolution.refused {
      try connection.run("DELETE FROM jobs WHERE seq = ?", refusal.sequence)
    }
    for job in resolution.waiting {
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
    return resolution.refused
  }

  /// The job that a reference names, and its state.
  private func standing(
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
