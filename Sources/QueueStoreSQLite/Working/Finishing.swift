public import QueueCore

extension SQLiteJobStore {
  /// Ends a run, fenced by run, job state and eviction, in one commit with the next claim.
  public func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    try workerChange { () throws(StoreError) in
      guard let held = try heldJob(of: run), held.holder == worker, !held.isEvicted else {
        return .superseded
      }
      let isCutShort = held.isToBeCancelled && transition.state.isUnfinished
      let transition = isCutShort ? transition.cancelled : transition
      try end(held, report, transition, at: now)
      try credit(worker, report.end, at: now)
      let next = claimingNext ? try claim(for: worker, under: held.orders, at: now) : nil
      return isCutShort
        ? .cancelled(next: next, freesOthers: held.freesOthers)
        : .recorded(next: next, freesOthers: held.freesOthers)
    }
  }

  struct HeldJob {
    let run: RunID
    let sequence: Int64
    let queue: String
    let schedule: ScheduleID?
    let updatedAt: Timestamp
    let isToBeCancelled: Bool
    let hasDependants: Bool
    let isQueueLimited: Bool
    let holder: WorkerID
    let isEvicted: Bool
    let orders: WorkerOrders

    /// Whether dependants wait for the job, or jobs for its queue's limit.
    var freesOthers: Bool { hasDependants || isQueueLimited }
  }

  /// Returns the processing job whose latest run this is; nil for none.
  func heldJob(of run: RunID) throws(StoreError) -> HeldJob? {
    try connection.first(
      """
      SELECT j.seq, j.queue, j.cancel, w.id, w.evicted, w.stop, w.queues,
        EXISTS (SELECT 1 FROM prerequisites WHERE needs = j.seq),
        (SELECT running_limit IS NOT NULL FROM queues WHERE name = j.queue), j.schedule,
        j.updated_at
      FROM runs r JOIN jobs j ON j.seq = r.job JOIN workers w ON w.id = r.worker
      WHERE r.id = ?1 AND j.run = ?1 AND j.state = 'processing'
      """,
      run
    ) { row in
      HeldJob(
        run: run, sequence: row.int64(0), queue: row.text(1),
        schedule: row.optionalInt64(9).map(ScheduleID.init), updatedAt: row.timestamp(10),
        isToBeCancelled: row.int(2) == 1,
        hasDependants: row.int(7) == 1, isQueueLimited: row.int(8) == 1,
        holder: WorkerID(row.int64(3)), isEvicted: row.int(4) == 1,
        orders: WorkerOrders(row, from: 5))
    }
  }

  /// Moves the job, closes its run and counts its end. Only in the transaction that read `held`.
  func end(
    _ held: HeldJob, _ report: RunReport, _ transition: Transition, at now: Moment
  ) throws(StoreError) {
    let now = now.following(held.updatedAt)
    try close(held.run, report, at: now)
    try move(held, transition, at: now)
    try follow(
      held.sequence, to: transition.state, of: held.schedule, isAwaited: held.hasDependants,
      at: now)
    try count(QueueEvent(report.end), in: held.queue, report.elapsed, at: now)
    if transition.state == .dead { try count(.dead, in: held.queue, at: now) }
  }

  private func move(
    _ held: HeldJob, _ transition: Transition, at now: Moment
  ) throws(StoreError) {
    let isBackoff = transition.state == .failed
    if isBackoff { try keepQueueTime(at: now) }
    let runAt =
      isBackoff
      ? try fixedQueueTime(at: now) + (transition.delay ?? .zero).milliseconds : nil
    try connection.run(
      """
      UPDATE jobs SET state = ?3, ready = ?4, cancel = 0, attempts = ?5, crashes = ?6,
        updated_at = ?7,
        run_at = CASE ?3 WHEN 'failed' THEN ?8 WHEN 'pending' THEN NULL ELSE run_at END
      WHERE seq = ?1 AND run = ?2 AND state = 'processing'
      """,
      held.sequence, held.run, transition.state, transition.state == .pending ? 1 : 0,
      transition.attempts, transition.crashes, now.wall, runAt)
  }

  private func close(_ run: RunID, _ report: RunReport, at now: Moment) throws(StoreError) {
    try connection.run(
      """
      UPDATE runs SET finished_at = ?2, outcome = ?3, exit_code = ?4, error = ?5,
        elapsed_ms = ?6, cpu_ms = ?7, peak_bytes = ?8, signal = ?9
      WHERE id = ?1
      """,
      run, now.wall, report.end.word, report.end.exitCode, report.error, report.elapsed,
      report.cpuTime, report.peakMemoryBytes, report.end.signal)
  }

  /// Counts the run for its worker and records a heartbeat.
  private func credit(
    _ worker: WorkerID, _ end: RunEnd, at now: Moment
  ) throws(StoreError) {
    let (completed, failed) =
      switch end {
      case .exited(0), .accepted: (1, 0)
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
