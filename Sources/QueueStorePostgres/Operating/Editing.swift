public import QueueCore

extension PostgresJobStore {
  /// Edits a job that isn't running, in one transaction.
  public func edit(
    _ reference: String, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Job {
    try change { () throws(StoreError) in
      let sequence = try sequence(of: reference)
      let queue = try queueNumber(of: edit)
      try lock(sequence)
      try apply(edit, movingTo: queue, to: sequence, as: reference, at: now)
      return try job(reference, at: now)
    }
  }

  /// Returns the number of the queue that the edit moves jobs to; nil for none. Asked for before
  /// the jobs are locked: a transaction that adds jobs locks in this order, too.
  func queueNumber(of edit: JobEdit?) throws(StoreError) -> Int64? {
    guard let name = edit?.queue else { return nil }
    return try numbers(of: [name])[name] ?? 0
  }

  /// Edits the locked job of this row, which `reference` names.
  /// - Parameter queue: see ``queueNumber(of:)``.
  func apply(
    _ edit: JobEdit, movingTo queue: Int64?, to sequence: Int64, as reference: String,
    at now: Moment
  ) throws(StoreError) {
    let before = try job(reference, at: now)
    try before.checkEditable(by: edit, as: reference)
    try reorder(sequence, edit, at: now)
    if let queue, edit.queue != before.queue {
      try move(sequence, before.state, to: queue, at: now)
    }
    if edit.command != nil || edit.changesDetails {
      try rewrite(sequence, edit.applied(to: before.spec), maxRetries: edit.maxRetries)
    }
  }

  /// Locks the job's row, also if it moves to the other table meanwhile.
  private func lock(_ sequence: Int64) throws(StoreError) {
    for table in ["work", "ended", "work"] {
      var parameters = Parameters()
      parameters.add(sequence)
      let rows = try connection.all(
        composed: "SELECT 1 FROM @.\(table) WHERE seq = $1 FOR UPDATE", parameters
      ) { row in row.int(0) }
      if !rows.isEmpty { return }
    }
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

  /// Moves a job into another queue, with the counts of both.
  private func move(
    _ sequence: Int64, _ state: JobState, to queue: Int64, at now: Moment
  ) throws(StoreError) {
    try connection.run(
      """
      WITH moved AS (
        UPDATE @.jobs d SET queue = $2::int FROM @.jobs old
        WHERE d.seq = $1 AND old.seq = d.seq RETURNING old.queue AS gone),
      waiting AS (UPDATE @.work SET queue = $2::int WHERE seq = $1),
      over AS (UPDATE @.ended SET queue = $2::int WHERE seq = $1)
      INSERT INTO @.journal (at, queue, gone, come)
        SELECT $3, gone, $4, NULL FROM moved UNION ALL SELECT $3, $2::int, NULL, $4 FROM moved
      """,
      sequence, queue, now.wall, state)
    try connection.run("SELECT @.lower_floors_1($1)", PostgresArray([sequence]))
  }

  /// Replaces what was asked for.
  private func rewrite(
    _ sequence: Int64, _ spec: JobSpec, maxRetries: Int?
  ) throws(StoreError) {
    let rules = spec.retryRules
    try connection.run(
      """
      UPDATE @.jobs SET command = $2, cwd = $3, env = $4, timeout_ms = $5, backoff_base = $6,
        backoff_max_ms = $7, backoff_jitter = $8, retry_on = $9, no_retry_on = $10,
        snooze_on = $11, success_on = $12, max_retries = coalesce($13::int, max_retries),
        tags = $14::text[], limits = $15
      WHERE seq = $1
      """,
      sequence, spec.command, spec.directory, EnvironmentText.encode(spec), spec.timeout,
      rules.backoffBase, rules.backoffMax, rules.backoffJitter, rules.retryOn?.description,
      rules.noRetryOn?.description, rules.snoozeOn?.description, rules.successOn?.description,
      maxRetries, PostgresArray.literal(spec.tags), spec.limits.stored)
  }
}
