public import QueueCore

extension SQLiteJobStore {
  /// Evicts a worker. Not synced: a power loss ends the worker and its leftover processes too.
  public func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
    try change(syncing: false) { () throws(StoreError) in
      guard let found = try worker(expected.id), found.isSame(as: expected) else { return false }
      return try connection.run("UPDATE workers SET evicted = 1 WHERE id = ?", expected.id) == 1
    }
  }

  /// Requeues the job, closes its run and removes the worker's row in one transaction.
  public func requeue(
    _ worker: WorkerID, maxCrashes: Int, at now: Moment
  ) throws(StoreError) -> ReclaimedJob? {
    try change { () throws(StoreError) in
      try requeueInTransaction(worker, maxCrashes: maxCrashes, at: now)
    }
  }

  /// Requeues inside the caller's write.
  func requeueInTransaction(
    _ worker: WorkerID, maxCrashes: Int, at now: Moment
  ) throws(StoreError) -> ReclaimedJob? {
    guard let found = try self.worker(worker), found.isEvicted else { return nil }
    let job = try found.current.flatMap { lost throws(StoreError) in
      try giveBack(lost, maxCrashes: maxCrashes, at: now)
    }
    try forget(worker, isEvicted: true)
    return job
  }

  /// Moves a lost job to its next state and closes its run.
  private func giveBack(
    _ lost: WorkerRecord.Assignment, maxCrashes: Int, at now: Moment
  ) throws(StoreError) -> ReclaimedJob? {
    guard let held = try heldJob(of: lost.run), held.isEvicted,
      let (tally, rules) = try chances(of: lost.job)
    else { return nil }
    var transition = Transition.afterLoss(
      tally, policy: try settings().retryPolicy(rules), maxCrashes: maxCrashes)
    if held.isToBeCancelled { transition = transition.cancelled }
    let report = RunReport(
      end: .lost,
      cause: transition.state == .dead
        ? "worker lost; \(transition.crashes) workers in a row died with this job" : nil,
      elapsed: max(.zero, now.wall - lost.since))
    try end(held, report, transition, at: now)
    return ReclaimedJob(job: lost.job, state: transition.state, delay: transition.delay)
  }

  private func chances(
    of job: JobID
  ) throws(StoreError) -> (RetryBudget, RetryRules)? {
    try connection.first(
      """
      SELECT j.attempts, j.crashes, j.max_retries, d.*
      FROM jobs j JOIN job_details d ON d.seq = j.seq WHERE j.id = ?
      """,
      job
    ) { row throws(StoreError) in
      (
        RetryBudget(attempts: row.int(0), crashes: row.int(1), maxRetries: row.int(2)),
        try JobDetails.read(row, from: 4).retryRules
      )
    }
  }
}

extension WorkerRecord {
  /// Whether the worker has neither sent a heartbeat nor changed its job since `earlier`.
  fileprivate func isSame(as earlier: WorkerRecord) -> Bool {
    process == earlier.process && heartbeatAt == earlier.heartbeatAt
      && heartbeatUptime == earlier.heartbeatUptime
      && current?.run == earlier.current?.run
  }
}
