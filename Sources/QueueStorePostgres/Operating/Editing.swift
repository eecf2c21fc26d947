public import QueueCore

extension PostgresJobStore {
  /// Selects and edits jobs that aren't running, in one transaction.
  public func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    guard !dryRun else {
      return try reading { () throws(StoreError) in
        try editPlan(selection, edit, locking: false, at: now).step
      }
    }
    return try change { () throws(StoreError) in
      let queue = try queueNumber(of: edit)
      let plan = try editPlan(selection, edit, locking: true, at: now)
      try apply(edit, movingTo: queue, to: plan.jobs, at: now)
      return plan.step
    }
  }

  private func editPlan(
    _ selection: JobSelection, _ edit: JobEdit, locking: Bool, at now: Moment
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    try plan(selection, by: .created, locking: locking, at: now) { job throws(StoreError) in
      if let refusal = edit.refusal(of: job.id, job.state) { return refusal }
      guard !edit.tags.isEmpty else { return nil }
      return edit.refusal(of: job.id, try self.job(job.id.text, at: now).spec)
    }
  }

  /// Returns the number of the queue that the edit moves jobs to; nil for none. Asked for before
  /// the jobs are locked: a transaction that adds jobs locks in this order, too.
  func queueNumber(of edit: JobEdit?) throws(StoreError) -> Int64? {
    guard let name = edit?.queue else { return nil }
    return try numbers(of: [name])[name] ?? 0
  }

  /// Edits locked jobs. Throws if the state or the tags of one forbid it.
  /// - Parameter queue: see ``queueNumber(of:)``.
  func apply(
    _ edit: JobEdit, movingTo queue: Int64?, to jobs: [SelectedJob], at now: Moment
  ) throws(StoreError) {
    for job in jobs {
      if let refusal = edit.refusal(of: job.id, job.state) { throw refusal.error }
    }
    for job in jobs {
      try reorder(job.sequence, edit, at: now)
      if let queue { try move(job.sequence, job.state, to: queue, at: now) }
      if edit.merges { try merge(edit, into: job, at: now) }
    }
    guard !jobs.isEmpty else { return }
    if edit.command != nil || edit.changesDetails { try rewrite(jobs.map(\.sequence), edit) }
  }

  /// Changes the job's place in the order.
  private func reorder(
    _ sequence: Int64, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) {
    guard edit.priority != nil || edit.runAt != nil else { return }
    let runAt = edit.runAt.map { max($0, now.wall) }
    // A failed job's time is stored in queue time.
    let queueTime = try runAt.map { time throws(StoreError) in
      time.milliseconds - (try fixedWallAhead(at: now))
    }
    try connection.run(
      "SELECT @.edit_1($1, $2::int, $3, $4)", sequence, edit.priority, runAt, queueTime)
  }

  /// Moves a job into another queue, with the counts of both, unless it is there.
  private func move(
    _ sequence: Int64, _ state: JobState, to queue: Int64, at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      WITH moved AS (
        UPDATE @.jobs d SET queue = $2::int FROM @.jobs old
        WHERE d.seq = $1 AND old.seq = d.seq AND old.queue <> $2 RETURNING old.queue AS gone),
      waiting AS (UPDATE @.work SET queue = $2::int WHERE seq = $1),
      over AS (UPDATE @.ended SET queue = $2::int WHERE seq = $1)
      INSERT INTO @.journal (at, queue, gone, come)
        SELECT $3, gone, $4, NULL FROM moved UNION ALL SELECT $3, $2::int, NULL, $4 FROM moved
      """,
      sequence, queue, now.wall, state)
    try connection.run("SELECT @.lower_floors_1($1)", PostgresArray([sequence]))
  }

  /// Changes what each job was asked to have, whatever it had before.
  private func rewrite(_ sequences: [Int64], _ edit: JobEdit) throws(StoreError) {
    let rules = edit.retryRules
    try connection.run(
      """
      UPDATE @.jobs SET command = coalesce($2, command), cwd = coalesce($3, cwd),
        timeout_ms = coalesce($4, timeout_ms), backoff_base = coalesce($5, backoff_base),
        backoff_max_ms = coalesce($6, backoff_max_ms),
        backoff_jitter = coalesce($7, backoff_jitter), retry_on = coalesce($8, retry_on),
        no_retry_on = coalesce($9, no_retry_on), snooze_on = coalesce($10, snooze_on),
        success_on = coalesce($11, success_on), max_retries = coalesce($12::int, max_retries)
      WHERE seq = ANY ($1)
      """,
      PostgresArray(sequences), edit.command, edit.directory, edit.timeout, rules.backoffBase,
      rules.backoffMax, rules.backoffJitter, rules.retryOn?.description,
      rules.noRetryOn?.description, rules.snoozeOn?.description, rules.successOn?.description,
      edit.maxRetries)
  }

  /// Changes a job's variables, tags and limits, of which it keeps the others.
  private func merge(
    _ edit: JobEdit, into job: SelectedJob, at now: Moment
  ) throws(StoreError) {
    let before = try self.job(job.id.text, at: now).spec
    if let refusal = edit.refusal(of: job.id, before) { throw refusal.error }
    let spec = edit.applied(to: before)
    try connection.run(
      """
      WITH before AS (SELECT unnest(tags) AS tag FROM @.jobs WHERE seq = $1),
      gone AS (
        DELETE FROM @.tags WHERE job = $1 AND tag IN (SELECT tag FROM before)
          AND tag <> ALL (coalesce($3::text[], '{}'))),
      come AS (
        INSERT INTO @.tags SELECT unnest($3::text[]), $1 ON CONFLICT DO NOTHING)
      UPDATE @.jobs SET env = $2, tags = $3::text[], limits = $4 WHERE seq = $1
      """,
      job.sequence, EnvironmentText.encode(spec), PostgresArray.literal(spec.tags),
      spec.limits.stored)
  }
}
