public import QueueCore

extension SQLiteJobStore {
  /// One transaction for all, however many there are; a queue's are counted together. The caller's error rolls it back.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    try changeRethrowing {
      var stored = StoredJobs()
      while let job = try next() {
        let result = try insert(job, settings: settings, at: now)
        if case .added(let id) = result {
          stored.add(job, as: id, .pending, sequence: connection.lastInsertedRow)
        }
        try each(result)
      }
      let refused = try stored.settle(in: self, at: now)
      for refusal in refused { try each(.refused(refusal.job, reason: refusal.reason)) }
      for (queue, jobs) in stored.countsByQueue(without: refused) {
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
}
