public import QueueCore

extension PostgresJobStore {
  /// Exports jobs in order of arrival, on one snapshot a page.
  public func exportPage(
    limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> ExportPage {
    try reading { () throws(StoreError) in
      let queueTime = try queueTime(at: now)
      let rows = try connection.all(
        composed: "\(Self.wholeJobColumns) WHERE s.seq > $1 ORDER BY s.seq LIMIT $2",
        Parameters(cursor?.sequence ?? 0, limit)
      ) { row throws(StoreError) in
        (
          sequence: row.int64(0), job: try job(row, at: now, queueTime: queueTime),
          crashes: row.int(27)
        )
      }
      let jobs = try rows.map { row throws(StoreError) in
        let runs = try runs(from: row.job.latestRun?.id.number, limit: .max)
        do throws(InvalidJob) {
          return try ExportedJob(row.job, crashes: row.crashes, runs: runs.reversed())
        } catch {
          throw StoreError.damaged(connection.address.shown, "job \(row.job.id): \(error)")
        }
      }
      return ExportPage(
        jobs: jobs,
        next: rows.count == limit
          ? rows.last.map { .init(value: $0.sequence, sequence: $0.sequence) } : nil)
    }
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
        let (result, sequence) = try restore(job, id, at: now)
        if let sequence { stored.add(job.asked, as: id, job.state, sequence: sequence) }
        if case .keyTaken(_, let holder) = result { stored.add(holder, insteadOf: job.asked) }
        try each(result)
      }
      for refusal in try settle(stored, at: now) {
        try each(.refused(refusal.job, reason: refusal.reason))
      }
      let counts = stored.counts.flatMap { queue, states in
        states.map { (queue: queue, state: $0.key, jobs: $0.value) }
      }
      try journal(counts, nil, at: now)
      try add(try schedules(), at: now)
    }
  }

  private func restore(
    _ job: ExportedJob, _ id: JobID, at now: Moment
  ) throws(StoreError) -> Insertion {
    guard let queue = try numbers(of: [job.asked.queue]).values.first,
      let sequence = try restoreDetails(job, id, queue: queue)
    else { return (.exists(id), nil) }
    if job.state.isUnfinished, let key = job.asked.uniqueKey {
      let taken = try connection.run(
        "INSERT INTO @.unique_keys VALUES ($1, $2) ON CONFLICT DO NOTHING", key, sequence)
      guard taken == 1 else {
        try connection.run(
          """
          WITH gone AS (DELETE FROM @.jobs WHERE seq = $1 RETURNING tags)
          DELETE FROM @.tags WHERE job = $1 AND tag IN (SELECT unnest(tags) FROM gone)
          """,
          sequence)
        return (.keyTaken(key, by: try unfinishedJob(withKey: key) ?? id), nil)
      }
    }
    var latest: Int64?
    for run in job.runs { latest = try restore(run, of: sequence, after: latest) }
    if job.state.isUnfinished {
      try restoreUnfinished(job, sequence, queue: queue, run: latest, at: now)
    } else {
      try connection.run(
        """
        INSERT INTO @.ended
          (seq, run, run_at, updated_at, queue, priority, attempts, crashes, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        sequence, latest, job.asked.runAt, job.updatedAt, queue, job.asked.spec.priority,
        job.attempts, job.crashes, job.state)
    }
    if let progress = job.progress {
      try connection.run(
        """
        INSERT INTO @.progress (job, run, percent, message, updated_at) VALUES ($1, $2, $3, $4, $5)
        """,
        sequence, latest, progress.percent, progress.message, job.updatedAt)
    }
    return (.added(id), sequence)
  }

  /// Stores a job as it was asked for. Returns nil, with nothing changed, if its id is taken.
  private func restoreDetails(
    _ job: ExportedJob, _ id: JobID, queue: Int64
  ) throws(StoreError) -> Int64? {
    let spec = job.asked.spec
    let rules = spec.retryRules
    return try connection.first(
      """
      WITH stored AS (
        INSERT INTO @.jobs (id, created_at, queue, max_retries, unique_key, command, cwd, env,
          timeout_ms, backoff_base, backoff_max_ms, backoff_jitter, retry_on, no_retry_on,
          snooze_on, success_on, tags, limits)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text[],
          $18)
        ON CONFLICT DO NOTHING RETURNING seq, tags
      ), tagged AS (
        INSERT INTO @.tags SELECT t.tag, seq FROM stored CROSS JOIN unnest(tags) AS t (tag)
      )
      SELECT seq FROM stored
      """,
      id, job.createdAt, queue, spec.maxRetries, spec.uniqueKey, spec.command, spec.directory,
      EnvironmentText.encode(spec), spec.timeout, rules.backoffBase, rules.backoffMax,
      rules.backoffJitter, rules.retryOn?.description, rules.noRetryOn?.description,
      rules.snoozeOn?.description, rules.successOn?.description, PostgresArray.literal(spec.tags),
      spec.limits.stored
    ) { row in row.int64(0) }
  }

  /// Adds a waiting job to its queue's claim order.
  private func restoreUnfinished(
    _ job: ExportedJob, _ sequence: Int64, queue: Int64, run: Int64?, at now: Moment
  ) throws(StoreError) {
    let (asked, spec) = (job.asked, job.asked.spec)
    // A failed job's time is stored in queue time.
    let runAt =
      job.state == .failed
      ? (spec.runAt ?? now.wall).milliseconds - (try fixedWallAhead(at: now))
      : spec.runAt?.milliseconds
    let (line, rank): (Int, Int64) =
      if job.state == .failed {
        (2, runAt ?? 0)
      } else if !asked.prerequisites.isEmpty {
        (4, sequence)
      } else if let runAt, runAt > now.wall.milliseconds {
        (1, runAt)
      } else {
        (0, Int64(-spec.priority))
      }
    try connection.run(
      """
      INSERT INTO @.work (seq, rank, run, run_at, updated_at, queue, priority, attempts, crashes,
        line, state, unique_key)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      """,
      sequence, rank, run, runAt, job.updatedAt, queue, spec.priority, job.attempts, job.crashes,
      line, job.state, spec.uniqueKey)
    if line == 0 {
      try connection.run("SELECT @.lower_floors_1($1)", PostgresArray([sequence]))
    }
  }

  /// Stores a run under a new number, which it returns.
  private func restore(
    _ run: Run, of sequence: Int64, after previous: Int64?
  ) throws(StoreError) -> Int64? {
    try connection.first(
      """
      INSERT INTO @.runs (job, previous, attempt, worker, started_at, finished_at, outcome,
        exit_code, signal, error, elapsed_ms, waited_ms, cpu_ms, peak_bytes)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id
      """,
      sequence, previous, run.attempt, run.worker, run.startedAt, run.finishedAt, run.end?.word,
      run.end?.exitCode, run.end?.signal, run.error, run.elapsed, run.waited, run.cpuTime,
      run.peakMemoryBytes
    ) { row in row.int64(0) }
  }
}
