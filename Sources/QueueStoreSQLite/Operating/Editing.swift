public import QueueCore

extension SQLiteJobStore {
  /// Edits a waiting job, in both tables, in one transaction.
  public func edit(
    _ reference: String, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Job {
    try change { () throws(StoreError) in
      let sequence = try sequence(of: reference)
      guard try reorder(sequence, edit, at: now) else {
        let state = try job(reference, at: now).state
        throw StoreError(
          .wrongState,
          "job \(quoted: reference) is \(state): only waiting jobs can be edited")
      }
      if let command = edit.command {
        try connection.run(
          "UPDATE job_details SET command = ?2 WHERE seq = ?1", sequence, command)
      }
      return try job(reference, at: now)
    }
  }

  /// Returns false if the job isn't waiting. A new time makes it unready until a claim finds it
  /// due.
  private func reorder(
    _ sequence: Int64, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Bool {
    let runAt = edit.runAt.map { max($0, now.wall) }
    // A failed job's time is stored in queue time.
    let queueTime = try runAt.map { time throws(StoreError) in
      time.milliseconds - (try fixedWallAhead(at: now))
    }
    return try connection.run(
      """
      UPDATE jobs SET priority = coalesce(?2, priority),
        ready = CASE WHEN ?3 IS NULL THEN ready ELSE 0 END,
        run_at = coalesce(CASE state WHEN 'failed' THEN ?4 ELSE ?3 END, run_at)
      WHERE seq = ?1 AND state IN ('pending', 'failed')
      """,
      sequence, edit.priority, runAt, queueTime) == 1
  }
}
