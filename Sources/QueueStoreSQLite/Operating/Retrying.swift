public import QueueCore

extension SQLiteJobStore {
  /// Selects, edits and retries jobs in one transaction.
  public func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    guard !dryRun else {
      return try connection.read { () throws(StoreError) in try retryPlan(selection, at: now).step }
    }
    return try change { () throws(StoreError) in
      let plan = try retryPlan(selection, at: now)
      for job in plan.jobs {
        if let edit { try apply(edit, to: job, at: now) }
        if job.state == .failed {
          try endBackoff(of: job.sequence, at: now)
        } else {
          try startAnew(job.sequence, at: now)
        }
      }
      return plan.step
    }
  }

  private func retryPlan(
    _ selection: JobSelection, at now: Moment
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    var keys = KeysPutBack()
    return try plan(selection, by: .created, at: now) { job throws(StoreError) in
      guard job.state != .failed else { return nil }
      let holder = try job.key.flatMap { key throws(StoreError) in
        try unfinishedJob(withKey: key)
      }
      if let refusal = keys.take(job.key, for: job.id, holder: holder) { return refusal }
      return try needsRemovedJob(job.sequence) ? .needsRemovedJob(job.id) : nil
    }
  }

  private func needsRemovedJob(_ sequence: Int64) throws(StoreError) -> Bool {
    try connection.first(
      "SELECT 1 FROM prerequisites WHERE job = ? AND needs < 0 LIMIT 1", sequence
    ) { row in row.int(0) } != nil
  }

  /// Makes a job in backoff due now; the next claim makes it ready.
  private func endBackoff(of sequence: Int64, at now: Moment) throws(StoreError) {
    try connection.run(
      "UPDATE jobs SET run_at = min(run_at, ?2) WHERE seq = ?1 AND state = 'failed' AND ready = 0",
      sequence, try fixedQueueTime(at: now))
  }

  /// Requeues a dead or cancelled job. A cancelled one keeps a run time in the future.
  private func startAnew(_ sequence: Int64, at now: Moment) throws(StoreError) {
    let schedule = try connection.first(
      """
      UPDATE jobs SET state = 'pending', attempts = 0, crashes = 0,
        updated_at = CASE WHEN updated_at BETWEEN ?2 AND ?3 THEN updated_at ELSE ?2 END,
        ready = waits_for = 0 AND NOT (state = 'cancelled' AND coalesce(run_at, 0) > ?2),
        run_at = CASE WHEN state = 'cancelled' AND run_at > ?2 THEN run_at END
      WHERE seq = ?1 AND state IN ('dead', 'cancelled') RETURNING schedule
      """,
      sequence, now.wall, now.latestPredecessor
    ) { row in row.optionalInt64(0).map(ScheduleID.init) }
    if let schedule { try follow(sequence, to: .pending, of: schedule, at: now) }
  }
}
