public import QueueCore

extension PostgresJobStore {
  /// Evicts a worker that has neither sent a heartbeat nor changed its job since it was read.
  public func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
    try change { () throws(StoreError) in
      guard let found = try worker(expected.id), found.process == expected.process else {
        return false
      }
      return try connection.first(
        "SELECT @.evict_1($1, $2, $3, $4)", expected.id, expected.heartbeatAt,
        expected.heartbeatUptime, expected.current?.run
      ) { row in row.bool(0) } ?? false
    }
  }

  /// Requeues the job, closes its run and removes the worker's row in one transaction.
  public func requeue(
    _ worker: WorkerID, maxCrashes: Int, at now: Moment
  ) throws(StoreError) -> ReclaimedJob? {
    try change { () throws(StoreError) -> ReclaimedJob? in
      let isEvicted = try connection.first(
        "SELECT 1 FROM @.workers WHERE id = $1 AND evicted FOR UPDATE", worker
      ) { row in row.int(0) }
      guard isEvicted != nil else { return nil }
      let runs = try lostRuns(of: worker)
      guard let lost = runs.last else {
        try connection.run("DELETE FROM @.workers WHERE id = $1", worker)
        return nil
      }
      for run in runs.dropLast() { try requeue(run, of: worker, at: now) }
      var transition = Transition.afterLoss(
        lost.tally, policy: try settings().retryPolicy(lost.rules), maxCrashes: maxCrashes)
      if lost.isToBeCancelled { transition = transition.cancelled }
      let cause =
        transition.state == .dead
        ? "worker lost; \(transition.crashes) workers in a row died with this job" : nil
      try connection.run(
        "SELECT @.requeue_1($1, $2, $3, $4::int, $5::int, $6, $7, $8, $9, $10, $11)", worker,
        lost.run, transition.state, transition.attempts, transition.crashes, transition.delay,
        RunReport(end: .lost, cause: cause, elapsed: .zero).error,
        max(.zero, now.wall - lost.startedAt), now.wall, try fixedQueueTime(at: now),
        now.boot?.text)
      return ReclaimedJob(job: lost.job, state: transition.state, delay: transition.delay)
    }
  }

  private typealias LostRun = (
    run: RunID, job: JobID, startedAt: Timestamp, isToBeCancelled: Bool, tally: RetryBudget,
    rules: RetryRules
  )

  /// Requeues a run that has ended, but whose end was lost in a failover.
  private func requeue(
    _ lost: LostRun, of worker: WorkerID, at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      SELECT @.end_run_1($1, $2, 'pending', $3::int, $4::int, NULL, 'lost', 'lost', NULL, NULL,
        NULL, $5, NULL, NULL, $6, $7, $8)
      """,
      worker, lost.run, lost.tally.attempts, lost.tally.crashes,
      max(.zero, now.wall - lost.startedAt), now.wall, try fixedQueueTime(at: now), now.boot?.text)
  }

  /// The oldest first. A worker has two only after a failover.
  private func lostRuns(of worker: WorkerID) throws(StoreError) -> [LostRun] {
    try connection.all(
      composed: """
        SELECT s.run, d.id, r.started_at, s.cancel, s.attempts, s.crashes, d.max_retries,
          \(JobDetails.selected)
        FROM @.work s JOIN @.runs r ON r.id = s.run JOIN @.jobs d ON d.seq = s.seq
        WHERE s.state = 'processing' AND r.worker = $1 ORDER BY s.run FOR UPDATE OF s
        """, Parameters(worker)
    ) { row throws(StoreError) -> LostRun in
      (
        RunID(row.int64(0)), JobID(trusted: row.text(1)), row.timestamp(2), row.bool(3),
        RetryBudget(attempts: row.int(4), crashes: row.int(5), maxRetries: row.int(6)),
        try JobDetails.read(row, from: 7).retryRules
      )
    }
  }

  private func worker(_ id: WorkerID) throws(StoreError) -> WorkerRecord? {
    try workers().first { $0.id == id }
  }
}
