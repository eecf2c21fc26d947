public import QueueCore

extension SQLiteJobStore {
  /// Fenced: the job moves only if `run` is its latest one, it is processing, and the run's worker isn't evicted; then run, job, worker
  /// and the next claim are one commit.
  public func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    try workerChange { () throws(StoreError) in
      let isCutShort = transition.state.isUnfinished ? try isCancelled(run) : false
      let freesOthers = try isWaitedFor(run)
      let transition = isCutShort ? transition.cancelled : transition
      guard try move(run, ofEvicted: false, transition, at: now) else { return .superseded }
      try close(run, report, error: report.error, transition.state, at: now)
      try credit(worker, report.outcome, at: now)
      let next = claimingNext ? try claim(for: worker, at: now) : nil
      return isCutShort
        ? .cancelled(next: next, freesOthers: freesOthers)
        : .recorded(next: next, freesOthers: freesOthers)
    }
  }

  /// Whether other jobs wait for the job of this run, or for room in its queue.
  private func isWaitedFor(_ run: RunID) throws(StoreError) -> Bool {
    try connection.first(
      """
      SELECT EXISTS (SELECT 1 FROM prerequisites WHERE needs = j.seq)
        OR (SELECT running_limit IS NOT NULL FROM queues WHERE name = j.queue)
      FROM runs r JOIN jobs j ON j.seq = r.job WHERE r.id = ?
      """,
      run
    ) { row in row.int(0) == 1 } ?? false
  }

  /// Whether the job that `run` is the latest of is to be cancelled.
  func isCancelled(_ run: RunID) throws(StoreError) -> Bool {
    try connection.first(
      """
      SELECT 1 FROM jobs
      WHERE seq = (SELECT job FROM runs WHERE id = ?1) AND run = ?1 AND cancel = 1
      """,
      run
    ) { row in row.int(0) } != nil
  }

  /// Puts the job into its next state, if `run` is the one that may. False, and nothing changed, otherwise.
  /// - Parameter isEvicted: what the run's worker has to be.
  func move(
    _ run: RunID, ofEvicted isEvicted: Bool, _ transition: Transition, at now: Moment
  ) throws(StoreError) -> Bool {
    let isBackoff = transition.state == .failed
    let runAt =
      isBackoff
      ? try fixedQueueTime(at: now) + (transition.delay ?? .zero).milliseconds : nil
    return try connection.run(
      """
      UPDATE jobs SET state = ?2, ready = ?3, cancel = 0, attempts = ?4, crashes = ?5, updated_at = ?6,
        run_at = CASE ?2 WHEN 'failed' THEN ?7 WHEN 'pending' THEN NULL ELSE run_at END
      WHERE run = ?1 AND state = 'processing' AND seq = (
        SELECT r.job FROM runs r JOIN workers w ON w.id = r.worker
        WHERE r.id = ?1 AND w.evicted = ?8)
      """,
      run, transition.state, transition.state == .pending ? 1 : 0, transition.attempts,
      transition.crashes, now.wall, runAt, isEvicted ? 1 : 0) == 1
  }

  /// Writes down how a run ended, and counts it.
  /// - Parameter state: what became of its job.
  func close(
    _ run: RunID, _ report: RunReport, error: String?, _ state: JobState, at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      UPDATE runs SET finished_at = ?2, outcome = ?3, exit_code = ?4, error = ?5,
        elapsed_ms = ?6, cpu_ms = ?7, peak_bytes = ?8
      WHERE id = ?1
      """,
      run, now.wall, report.outcome.word, report.outcome.exitCode, error, report.elapsed,
      report.cpuTime, report.peakMemoryBytes)
    try countEnd(of: run, report.outcome, elapsed: report.elapsed, state, at: now)
  }

  /// Counts the run for its worker, and takes it as a sign of life.
  private func credit(
    _ worker: WorkerID, _ outcome: Outcome, at now: Moment
  ) throws(StoreError) {
    let (completed, failed) =
      switch outcome {
      case .exited(0): (1, 0)
      case .exited, .signaled, .timedOut, .notStarted: (0, 1)
      case .snoozed, .stopped, .cancelled, .lost: (0, 0)
      }
    try connection.run(
      """
      UPDATE workers SET completed = completed + ?2, failed = failed + ?3,
        heartbeat_at = ?4, heartbeat_uptime = ?5
      WHERE id = ?1
      """,
      worker, completed, failed, now.wall, now.uptime)
  }
}
