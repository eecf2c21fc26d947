public import QueueCore

extension SQLiteJobStore {
  /// Fenced: the job moves only if `run` is its latest one and it is processing; then run, job, worker and the next claim are one
  /// commit.
  public func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    try workerChange { () throws(StoreError) in
      guard try move(run, transition, at: now) else { return .superseded }
      try close(run, report, error: report.error, at: now)
      try credit(worker, report.outcome, at: now)
      return .recorded(next: claimingNext ? try claim(for: worker, at: now) : nil)
    }
  }

  /// Puts the job into its next state, if `run` is the one that may. False, and nothing changed, otherwise.
  private func move(
    _ run: RunID, _ transition: Transition, at now: Moment
  ) throws(StoreError) -> Bool {
    let isBackoff = transition.state == .failed
    let runAt =
      isBackoff
      ? try fixedQueueTime(at: now) + (transition.delay ?? .zero).milliseconds : nil
    return try connection.run(
      """
      UPDATE jobs SET state = ?2, ready = ?3, attempts = ?4, crashes = ?5, updated_at = ?6,
        run_at = CASE ?2 WHEN 'failed' THEN ?7 WHEN 'pending' THEN NULL ELSE run_at END
      WHERE seq = (SELECT job FROM runs WHERE id = ?1) AND run = ?1 AND state = 'processing'
      """,
      run, transition.state, transition.state == .pending ? 1 : 0, transition.attempts,
      transition.crashes, now.wall, runAt) == 1
  }

  /// Writes down how a run ended.
  private func close(
    _ run: RunID, _ report: RunReport, error: String?, at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      UPDATE runs SET finished_at = ?2, outcome = ?3, exit_code = ?4, error = ?5,
        elapsed_ms = ?6, cpu_ms = ?7, peak_bytes = ?8
      WHERE id = ?1
      """,
      run, now.wall, report.outcome.word, report.outcome.exitCode, error, report.elapsed,
      report.cpuTime, report.peakMemoryBytes)
  }

  /// Counts the run for its worker, and takes it as a sign of life.
  private func credit(
    _ worker: WorkerID, _ outcome: Outcome, at now: Moment
  ) throws(StoreError) {
    let (completed, failed) =
      switch outcome {
      case .exited(0): (1, 0)
      case .exited, .signaled, .timedOut, .notStarted: (0, 1)
      case .stopped, .lost: (0, 0)
      }
    try connection.run(
      """
      UPDATE workers SET completed = completed + ?2, failed = failed + ?3,
        heartbeat_at = ?4, heartbeat_uptime = ?5
      WHERE id = ?1
      """,
      worker, completed, failed, now.wall, now.uptime)
  }

  /// Forgets the worker and gives its job back, unless the worker has spoken since `expected` was read.
  public func reclaim(
    _ expected: WorkerRecord, maxCrashes: Int, at now: Moment
  ) throws(StoreError) -> ReclaimedJob? {
    try change { () throws(StoreError) in
      guard let found = try self.worker(expected.id), found.isSame(as: expected) else {
        return nil
      }
      try connection.run("DELETE FROM workers WHERE id = ?", expected.id)
      guard let current = found.current, let tally = try tally(of: current.job) else {
        return nil
      }
      let transition = Transition.afterLoss(tally, maxCrashes: maxCrashes)
      guard try move(current.run, transition, at: now) else { return nil }
      let report = RunReport(outcome: .lost, elapsed: max(.zero, now.wall - current.since))
      let error =
        transition.state == .dead
        ? "worker lost; it cost \(transition.crashes) workers in a row" : report.error
      try close(current.run, report, error: error, at: now)
      return ReclaimedJob(job: current.job, state: transition.state)
    }
  }

  /// What a job has used up of its chances; nil when there is no such job.
  private func tally(of job: JobID) throws(StoreError) -> Transition.Tally? {
    try connection.first(
      "SELECT attempts, crashes, max_retries FROM jobs WHERE id = ?", job
    ) { row in
      Transition.Tally(attempts: row.int(0), crashes: row.int(1), maxRetries: row.int(2))
    }
  }
}

extension WorkerRecord {
  /// Whether the worker has neither spoken nor changed its job since `earlier` was read.
  fileprivate func isSame(as earlier: WorkerRecord) -> Bool {
    process == earlier.process && heartbeatAt == earlier.heartbeatAt
      && heartbeatUptime == earlier.heartbeatUptime && current == earlier.current
  }
}
