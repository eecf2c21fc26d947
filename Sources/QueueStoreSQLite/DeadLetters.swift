public import QueueCore

extension SQLiteJobStore {
  /// Finds the jobs and moves them in one transaction.
  public func retryDead(
    _ selection: DeadSelection, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> Int {
    try change { () throws(StoreError) in
      let sequences = try deadJobs(selection)
      guard !dryRun else { return sequences.count }
      var retried = 0
      for sequence in sequences.sorted() {
        let isBack = try startAnew(sequence, at: now)
        if isBack { retried += 1 }
        if !isBack, case .named = selection { throw try keyIsTaken(sequence) }
      }
      return retried
    }
  }

  /// Puts a dead or cancelled job back.
  /// - Returns: false, and nothing is changed, when it is neither, or an unfinished job has its key by now.
  func startAnew(_ sequence: Int64, at now: Moment) throws(StoreError) -> Bool {
    try connection.run(
      """
      UPDATE OR IGNORE jobs SET state = 'pending', ready = waits_for = 0, run_at = NULL,
        attempts = 0, crashes = 0, updated_at = ?2
      WHERE seq = ?1 AND state IN ('dead', 'cancelled')
      """,
      sequence, now.wall) == 1
  }

  /// Why a job couldn't be put back.
  func keyIsTaken(_ sequence: Int64) throws(StoreError) -> StoreError {
    let job = try connection.first("SELECT id, unique_key FROM jobs WHERE seq = ?", sequence) {
      row in (id: row.text(0), key: row.text(1))
    }
    let holder = try job.map { job throws(StoreError) in try unfinishedJob(withKey: job.key) }
    return StoreError(
      .wrongState,
      "job \(SafeText.quoted(job?.id ?? "")) has the key \(SafeText.quoted(job?.key ?? "")), and so has "
        + "\((holder ?? nil)?.text ?? "another job"), which isn't finished: wait for it first")
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
