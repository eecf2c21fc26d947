public import QueueCore

extension SQLiteJobStore {
  /// Cancels jobs. Finds all of them before it changes any.
  public func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation {
    try change { () throws(StoreError) in
      let plan = try plan(selection, by: .created, at: now) { _ in nil }
      var result = Cancellation()
      result.left = plan.step.left
      result.found = try jobs(at: plan.jobs.map(\.sequence), now)
      for id in plan.step.jobs { try cancelUnfinished(id, at: now) }
      return result
    }
  }

  /// Cancels a waiting job, and marks a running one for its worker. Leaves an ended one.
  func cancelUnfinished(_ id: JobID, at now: Moment) throws(StoreError) {
    if try !cancelWaiting(id, at: now) { try markRunning(id) }
  }

  /// Cancels a waiting job. Returns false, with nothing changed, if it isn't waiting.
  private func cancelWaiting(_ id: JobID, at now: Moment) throws(StoreError) -> Bool {
    let cancelled = try connection.first(
      """
      UPDATE jobs SET state = 'cancelled', ready = 0,
        updated_at = CASE WHEN updated_at BETWEEN ?2 AND ?3 THEN updated_at ELSE ?2 END,
        run_at = CASE state WHEN 'failed' THEN NULL ELSE run_at END
      WHERE id = ?1 AND state IN ('pending', 'failed')
      RETURNING seq, schedule, updated_at
      """,
      id, now.wall, now.latestPredecessor
    ) { row in
      (
        sequence: row.int64(0), schedule: row.optionalInt64(1).map(ScheduleID.init),
        time: row.timestamp(2)
      )
    }
    guard let cancelled else { return false }
    try follow(
      cancelled.sequence, to: .cancelled, of: cancelled.schedule, at: now.following(cancelled.time))
    return true
  }

  /// Orders the worker of a processing job to end it; does nothing in other states.
  private func markRunning(_ id: JobID) throws(StoreError) {
    try connection.run("UPDATE jobs SET cancel = 1 WHERE id = ? AND state = 'processing'", id)
  }
}
