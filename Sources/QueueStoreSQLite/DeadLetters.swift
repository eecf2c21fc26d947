public import QueueCore

extension SQLiteJobStore {
  /// Finds the jobs and moves them in one transaction.
  public func retryDead(
    _ selection: DeadSelection, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> Int {
    try change { () throws(StoreError) in
      let sequences = try deadJobs(selection)
      guard !dryRun else { return sequences.count }
      for sequence in sequences { try startAnew(sequence, at: now) }
      return sequences.count
    }
  }

  /// Puts a dead or cancelled job back. Nothing is changed when it is neither.
  func startAnew(_ sequence: Int64, at now: Moment) throws(StoreError) {
    try connection.run(
      """
      UPDATE jobs SET state = 'pending', ready = 1, run_at = NULL, attempts = 0, crashes = 0,
        updated_at = ?2
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
