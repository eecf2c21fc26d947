import QueueCore

extension PostgresJobStore {
  /// The columns that ``job(_:at:queueTime:)`` reads, with a limited number of prerequisites.
  static func jobColumns(in state: JobState? = nil) -> String {
    columns(state, "LIMIT \(Job.mostPrerequisites)")
  }
  static let wholeJobColumns = columns(nil, "")

  /// The tables of a query for jobs: `s` is the state, `d` the details, `r` the latest run.
  static func jobTables(in state: JobState?) -> String {
    """
    FROM \(stateTable(of: state)) s JOIN @.jobs d ON d.seq = s.seq
    LEFT JOIN @.runs r ON r.id = s.run
    """
  }

  /// The table with the jobs in `state`; for nil, the view of both.
  static func stateTable(of state: JobState?) -> String {
    guard let state else { return "@.states" }
    return state.isUnfinished ? "@.work" : "@.ended"
  }

  /// Subtracts a cancelled job's removed prerequisites, which are negated, from `waits_for`.
  private static func columns(_ state: JobState?, _ limit: String) -> String {
    """
    SELECT s.seq, d.id, s.state, q.name, s.priority, s.run_at, s.attempts, d.max_retries,
      d.created_at, s.updated_at, d.unique_key,
      CASE WHEN s.waits_for > 0 THEN \(prerequisites(of: "s.seq", limit)) END,
      \(runColumns), p.percent, p.message, s.crashes,
      CASE WHEN s.state = 'cancelled' AND s.waits_for > 0 THEN s.waits_for - (
        SELECT count(*) FROM @.prerequisites WHERE job = s.seq AND needs < 0) ELSE s.waits_for END,
      \(JobDetails.selected)
    \(jobTables(in: state)) JOIN @.queues q ON q.no = s.queue
    LEFT JOIN @.progress p ON p.job = s.seq AND p.run IS NOT DISTINCT FROM s.run
    """
  }

  /// A job's prerequisites as ``PrerequisiteText`` reads them.
  static func prerequisites(
    of sequence: String, where condition: String = "true", _ limit: String
  ) -> String {
    """
    (SELECT json_agg(json_build_array(x.id, x.state, x.any_end)) FROM (
      SELECT nd.id, n.state, p.any_end::int FROM @.prerequisites p
      JOIN @.states n ON n.seq = p.needs JOIN @.jobs nd ON nd.seq = n.seq
      WHERE p.job = \(sequence) AND \(condition) ORDER BY p.needs \(limit)) x)
    """
  }

  func job(_ row: Row, at now: Moment, queueTime: Int64) throws(StoreError) -> Job {
    guard let state = JobState(rawValue: row.text(2)) else {
      throw StoreError.damaged(connection.address.shown, "a job is \(row.text(2))")
    }
    var spec = try JobDetails.read(row, from: 30)
    spec.tags = try JobDetails.readTags(row, from: 30)
    spec.queue = row.text(3)
    spec.priority = row.int(4)
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
