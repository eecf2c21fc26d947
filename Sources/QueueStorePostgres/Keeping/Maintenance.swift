public import QueueCore

extension PostgresJobStore: StoreMaintenance {
  /// Checks the server, the counters, orphaned jobs and schedules. `thorough` changes nothing: the
  /// server checks its own pages when it reads them.
  public func findings(thorough: Bool) throws(StoreError) -> [Finding] {
    let server = try reading { () throws(StoreError) in try ServerCheck(connection).findings() }
    let tables = try reading { () throws(StoreError) in
      [try counters(), try orphans()] + (try scheduleProblems())
    }
    return server + [try notificationCheck()].compactMap { $0 } + tables
  }

  /// A schema is copied with PostgreSQL's own tools.
  public func backUp(to path: String, at now: Moment) throws(StoreError) -> Int {
    throw StoreError(
      .other,
      "a queue in PostgreSQL is backed up with: pg_dump --schema=\(connection.address.schema) "
        + "--file=FILE \(connection.address.shown)")
  }

  private func counters() throws(StoreError) -> Finding {
    // Both sides are read whole.
    try connection.run("SET LOCAL enable_hashjoin = on")
    let wrong = try connection.first(
      """
      SELECT count(*) FROM (
        SELECT queue, state, sum(jobs) AS jobs FROM (
          SELECT queue, state, jobs FROM @.counts
          UNION ALL SELECT queue, gone, -times FROM @.journal WHERE gone IS NOT NULL
          UNION ALL SELECT queue, come, times FROM @.journal WHERE come IS NOT NULL) kept
        GROUP BY 1, 2 HAVING sum(jobs) <> 0) kept
      FULL JOIN (
        SELECT queue, state, count(*) AS jobs FROM @.states WHERE state <> 'processing'
        GROUP BY 1, 2) rows USING (queue, state, jobs)
      WHERE kept.jobs IS NULL OR rows.jobs IS NULL
      """
    ) { row in row.int(0) }
    guard wrong == 0 else {
      return Finding(
        .problem, "counters", "they don't match the jobs: another program has changed the tables",
        advice: "restore a backup")
    }
    return Finding(.ok, "counters", "match the jobs")
  }

  private func orphans() throws(StoreError) -> Finding {
    let count =
      try connection.first(
        """
        SELECT count(*) FROM @.work s JOIN @.runs r ON r.id = s.run
        WHERE s.state = 'processing' AND NOT EXISTS (
          SELECT 1 FROM @.workers WHERE id = r.worker)
        """
      ) { row in row.int(0) } ?? 0
    guard count == 0 else {
      return Finding(
        .problem, "jobs", "\(count) are processing under an unknown worker",
        advice: "another program has changed the tables: restore a backup")
    }
    return Finding(.ok, "jobs", "every processing job has a worker")
  }

  private func scheduleProblems() throws(StoreError) -> [Finding] {
    try damagedSchedules().map { schedule in
      Finding(
        .problem, "schedules", schedule.problem,
        advice: "remove and add it again: "
          + ShellWords.command(["queuectl", "schedule", "remove", schedule.name]))
    }
  }
}
