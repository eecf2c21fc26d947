public import QueueCore

extension SQLiteJobStore {
  /// One look finds the jobs and decides; the change does what was decided in the same transaction.
  public func retryDead(
    _ selection: DeadSelection, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> DeadRetry {
    guard !dryRun else {
      return try connection.read { () throws(StoreError) in try plan(selection).result }
    }
    return try change { () throws(StoreError) in
      let plan = try plan(selection)
      for sequence in plan.sequences { try startAnew(sequence, at: now) }
      return plan.result
    }
  }

  /// Which of the selected jobs are put back.
  private func plan(
    _ selection: DeadSelection
  ) throws(StoreError) -> (sequences: [Int64], result: DeadRetry) {
    var keys = KeysPutBack()
    var sequences: [Int64] = []
    var result = DeadRetry()
    for sequence in try deadJobs(selection).sorted() {
      let (job, refusal) = try canStartAnew(sequence, &keys)
      guard let refusal else {
        sequences.append(sequence)
        result.jobs.append(job)
        continue
      }
      if case .named = selection { throw refusal }
      result.keyTakenCount += 1
    }
    return (sequences, result)
  }

  /// Whether an ended job can be put back.
  /// - Parameter keys: those of the jobs that are put back with it.
  /// - Returns: the job, and why it can't; nil if it can.
  func canStartAnew(
    _ sequence: Int64, _ keys: inout KeysPutBack
  ) throws(StoreError) -> (job: JobID, refusal: StoreError?) {
    let job = try connection.first("SELECT id, unique_key FROM jobs WHERE seq = ?", sequence) {
      row in (id: JobID(trusted: row.text(0)), key: row.optionalText(1))
    }
    guard let job else {
      throw StoreError(.corrupt, "\(connection.path) is damaged: a job is gone")
    }
    let holder = try job.key.flatMap { key throws(StoreError) in try unfinishedJob(withKey: key) }
    return (job.id, keys.take(job.key, for: job.id, holder: holder))
  }

  /// Puts a dead or cancelled job back. The time of a cancelled one is kept while it lies ahead.
  func startAnew(_ sequence: Int64, at now: Moment) throws(StoreError) {
    try connection.run(
      """
      UPDATE jobs SET state = 'pending', attempts = 0, crashes = 0, updated_at = ?2,
        ready = waits_for = 0 AND NOT (state = 'cancelled' AND coalesce(run_at, 0) > ?2),
        run_at = CASE WHEN state = 'cancelled' AND run_at > ?2 THEN run_at END
      WHERE seq = ?1 AND state IN ('dead', 'cancelled')
      """,
      sequence, now.wall)
  }

  private func deadJobs(_ selection: DeadSelection) throws(StoreError) -> Set<Int64> {
    switch selection {
    case .matching(let query):
      let filter = JobFilter(query, state: .dead)
      return Set(
        try connection.all(
          composed: """
            SELECT j.seq FROM jobs j JOIN job_details d ON d.seq = j.seq
            LEFT JOIN runs r ON r.id = j.run WHERE \(filter.condition)
            """,
          filter.values
        ) { row in row.int64(0) })
    case .named(let references):
      var sequences: Set<Int64> = []
      for reference in references {
        sequences.insert(try deadJob(reference, isTo: "retried"))
      }
      return sequences
    }
  }

  /// The row of a job that has to be dead.
  /// - Parameter action: what is to be done with it, for the message.
  func deadJob(_ reference: String, isTo action: String) throws(StoreError) -> Int64 {
    let sequence = try sequence(of: reference)
    let state = try connection.first("SELECT state FROM jobs WHERE seq = ?", sequence) { row in
      row.text(0)
    }
    guard state == JobState.dead.rawValue else {
      throw StoreError(
        .wrongState,
        "job \(SafeText.quoted(reference)) is \(state ?? "gone"), not dead: "
          + "only dead jobs can be \(action)")
    }
    return sequence
  }
}
