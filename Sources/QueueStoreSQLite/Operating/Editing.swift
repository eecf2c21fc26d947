public import QueueCore

extension SQLiteJobStore {
  /// Selects and edits jobs that aren't running, in both tables, in one transaction.
  public func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    guard !dryRun else {
      return try connection.read { () throws(StoreError) in
        try editPlan(selection, edit, at: now).step
      }
    }
    return try change { () throws(StoreError) in
      let plan = try editPlan(selection, edit, at: now)
      for job in plan.jobs { try apply(edit, to: job, at: now) }
      return plan.step
    }
  }

  private func editPlan(
    _ selection: JobSelection, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    try plan(selection, by: .created, at: now) { job throws(StoreError) in
      if let refusal = edit.refusal(of: job.id, job.state) { return refusal }
      guard !edit.tags.isEmpty else { return nil }
      return edit.refusal(of: job.id, try self.job(job.id.text, at: now).spec)
    }
  }

  /// Edits a job. Throws if its state or tags forbid it.
  func apply(_ edit: JobEdit, to job: SelectedJob, at now: Moment) throws(StoreError) {
    if let refusal = edit.refusal(of: job.id, job.state) { throw refusal.error }
    try reorder(job.sequence, edit, at: now)
    guard edit.command != nil || edit.changesDetails else { return }
    let before = try self.job(job.id.text, at: now)
    if let refusal = edit.refusal(of: job.id, before.spec) { throw refusal.error }
    if let queue = edit.queue, queue != before.queue {
      try move(job.sequence, before.state, from: before.queue, to: queue)
    }
    try rewrite(job.sequence, edit.applied(to: before.spec))
  }

  /// Changes the job's place in the order. A new time makes it unready until a claim finds it due.
  private func reorder(
    _ sequence: Int64, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) {
    let runAt = edit.runAt.map { max($0, now.wall) }
    // A failed job's time is stored in queue time.
    let queueTime = try runAt.map { time throws(StoreError) in
      time.milliseconds - (try fixedWallAhead(at: now))
    }
    try connection.run(
      """
      UPDATE jobs SET priority = coalesce(?2, priority),
        ready = CASE WHEN ?3 IS NULL THEN ready ELSE 0 END,
        run_at = coalesce(CASE state WHEN 'failed' THEN ?4 ELSE ?3 END, run_at),
        max_retries = coalesce(?5, max_retries)
      WHERE seq = ?1
      """,
      sequence, edit.priority, runAt, queueTime, edit.maxRetries)
  }

  /// Moves a job into another queue, with the counts of both. No trigger does this.
  private func move(
    _ sequence: Int64, _ state: JobState, from old: String, to new: String
  ) throws(StoreError) {
    try connection.run("INSERT INTO queues (name) VALUES (?) ON CONFLICT DO NOTHING", new)
    try connection.run("UPDATE jobs SET queue = ?2 WHERE seq = ?1", sequence, new)
    try connection.run(
      "UPDATE counts SET jobs = jobs - 1 WHERE queue = ?1 AND state = ?2", old, state.rawValue)
    try connection.run(
      "INSERT INTO counts VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1", new,
      state.rawValue)
  }

  /// Replaces the job's row of details.
  private func rewrite(_ sequence: Int64, _ spec: JobSpec) throws(StoreError) {
    let rules = spec.retryRules
    try removeTags(ofRow: sequence)
    try insertTags(spec.tags, ofRow: sequence)
    try connection.run(
      """
      UPDATE job_details SET command = ?2, cwd = ?3, env = ?4, timeout_ms = ?5,
        backoff_base = ?6, backoff_max_ms = ?7, backoff_jitter = ?8, retry_on = ?9,
        no_retry_on = ?10, snooze_on = ?11, success_on = ?12, tags = ?13, limits = ?14
      WHERE seq = ?1
      """,
      sequence, spec.command, spec.directory, EnvironmentText.encode(spec), spec.timeout,
      rules.backoffBase, rules.backoffMax, rules.backoffJitter, rules.retryOn?.description,
      rules.noRetryOn?.description, rules.snoozeOn?.description, rules.successOn?.description,
      StringListText.encode(spec.tags), spec.limits.stored)
  }
}
