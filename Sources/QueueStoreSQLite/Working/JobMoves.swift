import QueueCore

/// The rows that follow a job when it ends, is requeued or is removed. Only the counts of states
/// follow by a trigger, because each command has to parse those.
extension SQLiteJobStore {
  /// Releases dependants, and records the death for `on-dead` and the outcome for the schedule.
  /// Call it after the job's row was moved to `state`.
  /// - Parameter isAwaited: whether dependants may wait for the job.
  func follow(
    _ sequence: Int64, to state: JobState, of schedule: ScheduleID?, isAwaited: Bool = true,
    at now: Moment
  ) throws(StoreError) {
    if isAwaited, !state.isUnfinished { try releaseDependants(of: sequence, state, at: now) }
    if state == .dead { try recordDeath(of: sequence) }
    if let schedule { try record(state, of: sequence, in: schedule, at: now) }
  }

  /// A job with a time of its own becomes ready by a claim: here, the clock may be behind `now`.
  private func releaseDependants(
    of sequence: Int64, _ state: JobState, at now: Moment
  ) throws(StoreError) {
    let succeeded = state == .completed ? 1 : 0
    try connection.run(
      """
      UPDATE jobs SET waits_for = waits_for - 1,
        updated_at = CASE WHEN updated_at BETWEEN ?3 AND ?4 THEN updated_at ELSE ?3 END,
        ready = state = 'pending' AND waits_for = 1 AND run_at IS NULL
      WHERE seq IN (SELECT job FROM prerequisites WHERE needs = ?1 AND (any_end = 1 OR ?2 = 1))
      """,
      sequence, succeeded, now.wall, now.latestPredecessor)
    try connection.run(
      "DELETE FROM prerequisites WHERE needs = ?1 AND (any_end = 1 OR ?2 = 1)",
      sequence, succeeded)
  }

  private func recordDeath(of sequence: Int64) throws(StoreError) {
    try connection.run(
      """
      INSERT OR REPLACE INTO notices SELECT ?, NULL
      WHERE EXISTS (SELECT 1 FROM settings WHERE key = 'on-dead')
      """,
      sequence)
  }

  /// History shows an unfinished job as it is, and an ended one, which may be removed, as recorded
  /// here.
  private func record(
    _ state: JobState, of sequence: Int64, in schedule: ScheduleID, at now: Moment
  ) throws(StoreError) {
    if state.isUnfinished {
      try connection.run(
        """
        UPDATE occurrences SET ended_at = NULL, exit_code = NULL, ran_ms = NULL
        WHERE schedule = ? AND job = ?
        """,
        schedule, sequence)
      return
    }
    try connection.run(
      """
      UPDATE occurrences SET state = ?3, ended_at = ?4, (exit_code, ran_ms) = (
        SELECT exit_code, elapsed_ms FROM runs WHERE id = (SELECT run FROM jobs WHERE seq = ?2))
      WHERE schedule = ?1 AND job = ?2
      """,
      schedule, sequence, state, now.wall)
    guard state != .cancelled else { return }
    try connection.run(
      """
      UPDATE schedules SET succeeded_at = CASE ?2 WHEN 'dead' THEN succeeded_at ELSE ?3 END,
        failures_in_row = CASE ?2 WHEN 'dead' THEN failures_in_row + 1 ELSE 0 END,
        successes_in_row = CASE ?2 WHEN 'dead' THEN 0 ELSE successes_in_row + 1 END
      WHERE id = ?1
      """,
      schedule, state, now.wall)
  }

  /// Removes a job's row with those that belong to it, except its runs.
  func removeRow(_ sequence: Int64) throws(StoreError) {
    try connection.run(
      """
      UPDATE counts SET jobs = jobs - 1
      WHERE (queue, state) = (SELECT queue, state FROM jobs WHERE seq = ?)
      """,
      sequence)
    try removeTags(ofRow: sequence)
    try connection.run("DELETE FROM job_details WHERE seq = ?", sequence)
    try connection.run("DELETE FROM progress WHERE job = ?", sequence)
    try connection.run("DELETE FROM prerequisites WHERE job = ?", sequence)
    try connection.run("DELETE FROM jobs WHERE seq = ?", sequence)
  }
}
