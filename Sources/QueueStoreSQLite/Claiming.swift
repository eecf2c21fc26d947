public import QueueCore

extension SQLiteJobStore {
  /// How many waiting jobs one claim makes ready at most, per kind. The rest follow with the next claims.
  private static let promotionLimit = 500

  /// Makes due jobs ready, takes the head of the line, opens its run: one transaction, O(log n) for each queue.
  public func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    try workerChange { () throws(StoreError) in try claim(for: worker, at: now) }
  }

  /// A claim inside the caller's transaction.
  func claim(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    guard let standing = try standing(of: worker) else { return .evicted }
    if let order = standing.stop { return .stop(order) }
    let queueTime = try fixedQueueTime(at: now)
    try promoteDue(at: now, queueTime: queueTime)
    guard let sequence = try headOfLine(queues: standing.queues) else {
      return .nothing(
        nextDue: try nextDue(queues: standing.queues, at: now, queueTime: queueTime))
    }
    return .job(try openRun(of: sequence, worker: worker, at: now, queueTime: queueTime))
  }

  /// The worker's orders and queues; nil when it isn't known or was evicted.
  private func standing(
    of worker: WorkerID
  ) throws(StoreError) -> (stop: StopOrder?, queues: String?)? {
    try connection.first(
      "SELECT stop, queues FROM workers WHERE id = ? AND evicted = 0", worker
    ) { row in
      (row.optionalInt64(0).flatMap { StopOrder(rawValue: Int($0)) }, row.optionalText(1))
    }
  }

  /// Makes the jobs ready whose time has come: first scheduled ones by the wall, then failed ones by queue time.
  private func promoteDue(at now: Moment, queueTime: Int64) throws(StoreError) {
    try connection.run(
      """
      UPDATE jobs SET ready = 1 WHERE seq IN (
        SELECT j.seq FROM queues q CROSS JOIN jobs j INDEXED BY jobs_scheduled
        WHERE j.queue = q.name AND j.ready = 0 AND j.state = 'pending' AND j.waits_for = 0
          AND j.run_at <= ?
        LIMIT ?)
      """,
      now.wall, Self.promotionLimit)
    try connection.run(
      """
      UPDATE jobs SET ready = 1 WHERE seq IN (
        SELECT j.seq FROM queues q CROSS JOIN jobs j INDEXED BY jobs_backoff
        WHERE j.queue = q.name AND j.ready = 0 AND j.state = 'failed' AND j.run_at <= ?
        LIMIT ?)
      """,
      queueTime, Self.promotionLimit)
  }

  /// The ready job to run next: of the heads of all queues that may give one out, the one of the highest priority, then the oldest. One
  /// look-up in an index for each queue, however many jobs wait.
  /// - Parameter queues: a JSON array of names; nil for all.
  private func headOfLine(queues: String?) throws(StoreError) -> Int64? {
    try connection.first(
      """
      SELECT j.seq FROM queues q CROSS JOIN jobs j ON j.seq = (
        SELECT seq FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND queue = q.name
        ORDER BY priority DESC, seq LIMIT 1)
      WHERE (?1 IS NULL OR q.name IN (SELECT value FROM json_each(?1)))
        AND q.paused = 0 AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'paused')
        AND (q.running_limit IS NULL OR q.running_limit > coalesce((SELECT jobs FROM counts
          WHERE queue = q.name AND state = 'processing'), 0))
      ORDER BY j.priority DESC, j.seq LIMIT 1
      """,
      queues
    ) { row in row.int64(0) }
  }

  /// How long until the next job that waits for a time is due; nil when none does.
  private func nextDue(
    queues: String?, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> Duration? {
    let waits = try connection.first(
      """
      SELECT
        min((SELECT run_at FROM jobs INDEXED BY jobs_scheduled
          WHERE queue = q.name AND ready = 0 AND state = 'pending' AND waits_for = 0
          ORDER BY run_at LIMIT 1)) - ?2,
        min((SELECT run_at FROM jobs INDEXED BY jobs_backoff
          WHERE queue = q.name AND ready = 0 AND state = 'failed'
          ORDER BY run_at LIMIT 1)) - ?3
      FROM queues q WHERE ?1 IS NULL OR q.name IN (SELECT value FROM json_each(?1))
      """,
      queues, now.wall, queueTime
    ) { row in [row.optionalInt64(0), row.optionalInt64(1)].compactMap { $0 } }
    return waits?.min().map { .milliseconds(max(0, $0)) }
  }

  /// Makes a ready job processing and opens its next run, with how long it has waited: since the end of its backoff in queue time, or
  /// since it came into its state or its time came, by the wall.
  private func openRun(
    of sequence: Int64, worker: WorkerID, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> ClaimedJob {
    try connection.run(
      """
      INSERT INTO runs (job, attempt, worker, started_at, waited_ms)
      SELECT seq, attempts + 1, ?2, ?3,
        max(0, CASE state WHEN 'failed' THEN ?4 - coalesce(run_at, ?4)
          ELSE ?3 - max(updated_at, coalesce(run_at, updated_at)) END)
      FROM jobs WHERE seq = ?1
      """,
      sequence, worker, now.wall, queueTime)
    let run = RunID(connection.lastInsertedRow)
    try connection.run(
      """
      UPDATE jobs SET state = 'processing', ready = 0, run = ?2, updated_at = ?3,
        run_at = CASE state WHEN 'failed' THEN NULL ELSE run_at END
      WHERE seq = ?1
      """,
      sequence, run, now.wall)
    try connection.run("DELETE FROM progress WHERE job = ?", sequence)
    let claimed = try connection.first(
      """
      SELECT j.id, j.queue, j.attempts, j.crashes, j.max_retries,
        d.command, d.cwd, d.env, d.timeout_ms, d.backoff_base, d.backoff_max_ms, d.backoff_jitter,
        d.retry_on, d.no_retry_on, d.snooze_on, r.waited_ms
      FROM jobs j JOIN job_details d ON d.seq = j.seq JOIN runs r ON r.id = j.run WHERE j.seq = ?
      """,
      sequence
    ) { row throws(StoreError) in
      let job = ClaimedJob(
        run: run, runName: runName(run), id: JobID(trusted: row.text(0)), queue: row.text(1),
        command: row.text(5), directory: row.optionalText(6),
        environment: try EnvironmentText.decode(row.optionalText(7)),
        timeout: row.optionalInt64(8).map { .milliseconds($0) },
        retryRules: retryRules(row, from: 9),
        tally: Transition.Tally(
          attempts: row.int(2), crashes: row.int(3), maxRetries: row.int(4)))
      return (job: job, waited: Duration.milliseconds(row.int64(15)))
    }
    guard let claimed else {
      throw StoreError(.corrupt, "\(connection.path) is damaged: a job has no details")
    }
    try count(.started, in: claimed.job.queue, claimed.waited, at: now)
    return claimed.job
  }

  /// The run's name among all databases.
  func runName(_ run: RunID) -> String { "\(databaseID)-\(run)" }
}
