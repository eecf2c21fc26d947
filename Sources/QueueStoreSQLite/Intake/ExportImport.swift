public import QueueCore

extension SQLiteJobStore {
  /// Exports jobs in order of arrival, with one statement per page and one per run.
  public func exportPage(
    limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> ExportPage {
    let queueTime = try queueTime(at: now)
    let rows = try connection.all(
      composed: "\(Self.wholeJobColumns) WHERE j.seq > ? ORDER BY j.seq LIMIT ?",
      [cursor?.sequence ?? 0, limit]
    ) { row throws(StoreError) in
      (
        sequence: row.int64(0), job: try job(row, at: now, queueTime: queueTime),
        crashes: row.int(28)
      )
    }
    let jobs = try rows.map { row throws(StoreError) in
      let runs = try runs(from: row.job.latestRun?.id.number, limit: .max)
      do throws(InvalidJob) {
        return try ExportedJob(row.job, crashes: row.crashes, runs: runs.reversed())
      } catch {
        throw StoreError.damaged(connection.path, "job \(row.job.id): \(error)")
      }
    }
    return ExportPage(
      jobs: jobs,
      next: rows.count == limit
        ? rows.last.map { .init(value: $0.sequence, sequence: $0.sequence) } : nil)
  }

  /// Imports all jobs and schedules in one transaction.
  public func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
    schedules: () throws -> [ScheduleAddition]
  ) throws {
    try changeRethrowing(seen: onEnqueue) {
      var stored = InsertTally()
      while let job = try next()?.atRest {
        guard let id = job.asked.id else { continue }
        let result = try restore(job, id, at: now)
        if case .added = result {
          stored.add(job.asked, as: id, job.state, sequence: try sequence(of: id.text))
        }
        if case .keyTaken(_, let holder) = result { stored.add(holder, insteadOf: job.asked) }
        try each(result)
      }
      for refusal in try stored.settle(in: self, at: now) {
        try each(.refused(refusal.job, reason: refusal.reason))
      }
      try add(try schedules(), at: now)
    }
  }

  private func restore(
    _ job: ExportedJob, _ id: JobID, at now: Moment
  ) throws(StoreError) -> EnqueueResult {
    guard let sequence = try restoreRow(job, id, at: now) else {
      if try connection.first("SELECT 1 FROM jobs WHERE id = ?", id, read: { $0.int(0) }) != nil {
        return .exists(id)
      }
      let key = job.asked.uniqueKey ?? ""
      return .keyTaken(key, by: try unfinishedJob(withKey: key) ?? id)
    }
    try insertDetails(of: [job.asked], from: sequence, timeout: { $0.spec.timeout })
    for run in job.runs { try restore(run, of: sequence) }
    if let progress = job.progress {
      try connection.run(
        "INSERT INTO progress (job, percent, message, updated_at) VALUES (?, ?, ?, ?)", sequence,
        progress.percent, progress.message, job.updatedAt)
    }
    return .added(id)
  }

  /// Stores a job's row. Returns nil, with nothing changed, if the id or key is taken.
  private func restoreRow(
    _ job: ExportedJob, _ id: JobID, at now: Moment
  ) throws(StoreError) -> Int64? {
    let (asked, spec) = (job.asked, job.asked.spec)
    let isDue = spec.runAt.map { $0 <= now.wall } ?? true
    let isReady = job.state == .pending && isDue && asked.prerequisites.isEmpty
    // A failed job's time is stored in queue time.
    let runAt =
      job.state == .failed
      ? (spec.runAt ?? now.wall).milliseconds - (try fixedWallAhead(at: now))
      : spec.runAt?.milliseconds
    let added = try connection.run(
      """
      INSERT INTO jobs (id, state, queue, priority, ready, run_at, attempts, crashes, max_retries,
        created_at, updated_at, unique_key)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
      ON CONFLICT DO NOTHING
      """,
      id, job.state, spec.queue, spec.priority, isReady ? 1 : 0, runAt, job.attempts,
      job.crashes, spec.maxRetries, job.createdAt, job.updatedAt, spec.uniqueKey)
    return added == 1 ? connection.lastInsertedRow : nil
  }

  /// Stores a run under a new number, as the latest of its job.
  private func restore(_ run: Run, of sequence: Int64) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO runs (job, previous, attempt, worker, started_at, finished_at, outcome, exit_code,
        signal, error, elapsed_ms, waited_ms, cpu_ms, peak_bytes)
      SELECT seq, run, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
      FROM jobs WHERE seq = ?1
      """,
      sequence, run.attempt, run.worker, run.startedAt, run.finishedAt, run.end?.word,
      run.end?.exitCode, run.end?.signal, run.error, run.elapsed, run.waited, run.cpuTime,
      run.peakMemoryBytes)
    try connection.run(
      "UPDATE jobs SET run = ?2 WHERE seq = ?1", sequence, connection.lastInsertedRow)
  }
}
