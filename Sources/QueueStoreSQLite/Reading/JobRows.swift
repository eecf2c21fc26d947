import QueueCore

extension SQLiteJobStore {
  /// The columns that ``job(_:at:queueTime:)`` reads, with a limited number of prerequisites.
  static let jobColumns = columns("LIMIT \(Job.mostPrerequisites)")
  static let wholeJobColumns = columns("")

  /// Subtracts a cancelled job's removed prerequisites, which are negated, from `waits_for`.
  private static func columns(_ limit: String) -> String {
    """
    SELECT j.seq, j.id, j.state, j.queue, j.priority, j.run_at, j.attempts, j.max_retries,
      j.created_at, j.updated_at, j.unique_key,
      CASE WHEN j.waits_for > 0 THEN (
        SELECT json_group_array(json_array(id, state, any_end)) FROM (
          SELECT n.id, n.state, p.any_end
          FROM prerequisites p JOIN jobs n ON n.seq = p.needs WHERE p.job = j.seq \(limit))) END,
      r.id, r.attempt, r.worker, r.started_at, r.finished_at, r.outcome, r.exit_code, r.signal,
      r.error, r.elapsed_ms, r.waited_ms, r.cpu_ms, r.peak_bytes, r.frozen, p.percent, p.message,
      j.crashes,
      CASE WHEN j.state = 'cancelled' AND j.waits_for > 0 THEN j.waits_for - (
        SELECT count(*) FROM prerequisites WHERE job = j.seq AND needs < 0) ELSE j.waits_for END,
      \(JobDetails.selected)
    FROM jobs j JOIN job_details d ON d.seq = j.seq LEFT JOIN runs r ON r.id = j.run
    LEFT JOIN progress p ON p.job = j.seq
    """
  }

  func job(
    _ row: Statement, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> Job {
    guard let state = JobState(rawValue: row.text(2)) else {
      throw StoreError.damaged(connection.path, "a job is \(row.text(2))")
    }
    var spec = try JobDetails.read(row, from: 30)
    spec.tags = try JobDetails.readTags(row, from: 30)
    spec.queue = row.text(3)
    spec.priority = Int(row.int64(4))
    spec.maxRetries = row.int(7)
    spec.uniqueKey = row.optionalText(10)
    if let runAt = row.optionalInt64(5) {
      // A failed job's time is stored in queue time and shown in wall time.
      let ahead = state == .failed ? QueueClock.wallAhead(of: queueTime, at: now) : 0
      spec.runAt = Timestamp(bounded: runAt + ahead)
    }
    var job = Job(
      id: JobID(trusted: row.text(1)), spec: spec, state: state, attempts: row.int(6),
      createdAt: row.timestamp(8), updatedAt: row.timestamp(9))
    job.waitsFor = try PrerequisiteText.decode(row.optionalText(11))
    let unmet = min(row.int(29), Int(Int32.max))
    if unmet > job.waitsFor.count { job.morePrerequisites = unmet - job.waitsFor.count }
    if !row.isNull(12) { job.latestRun = run(row, from: 12) }
    job.progress = row.optionalDouble(26).map {
      JobProgress(trustedPercent: $0, message: row.optionalText(27))
    }
    job.origin = JobDetails.readOrigin(row, from: 30)
    return job
  }
}
