public import QueueCore

extension SQLiteJobStore {
  /// Returns the counts that triggers maintain; processing jobs are counted here.
  public func summary() throws(StoreError) -> QueueSummary {
    let rows = try connection.all(
      """
      SELECT queue, state, jobs FROM counts WHERE jobs > 0
      UNION ALL
      SELECT queue, state, count(*) FROM jobs INDEXED BY jobs_by_state
      WHERE state = 'processing' GROUP BY queue
      """
    ) { row in
      (row.text(0), row.text(1), row.int(2))
    }
    return QueueSummary(rows: rows)
  }

  /// Counts the jobs of a tag along its index.
  public func summary(tagged tag: String) throws(StoreError) -> QueueSummary {
    let rows = try connection.all(
      """
      SELECT j.queue, j.state, count(*) FROM tags t JOIN jobs j ON j.seq = t.job
      WHERE t.tag = ? GROUP BY 1, 2
      """,
      tag
    ) { row in (row.text(0), row.text(1), row.int(2)) }
    return QueueSummary(rows: rows)
  }

  /// Skips from tag to tag in the index, whatever number of jobs each has.
  public func tags(
    startingWith prefix: String, atMost limit: Int
  ) throws(StoreError) -> [String] {
    try connection.all(
      """
      WITH RECURSIVE found (tag) AS (
        SELECT min(tag) FROM tags WHERE tag >= ?1
        UNION ALL
        SELECT (SELECT min(t.tag) FROM tags t WHERE t.tag > found.tag) FROM found
        WHERE substr(found.tag, 1, length(?1)) = ?1 LIMIT ?2)
      SELECT tag FROM found WHERE substr(tag, 1, length(?1)) = ?1
      """,
      prefix, limit
    ) { row in row.text(0) }
  }

  /// Returns a page of jobs. An order without an index is limited to few jobs.
  public func jobs(
    _ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage {
    if !query.order.isKept(for: query.states) {
      try query.order.check(query, against: try summary())
    }
    let queueTime = try queueTime(at: now)
    // Reads one job more than wanted, to detect a next page, and each state along its own index.
    var rows: [(place: JobPage.Cursor, job: Job)] = []
    let states = query.separateStates
    for state in states {
      let statement = JobListStatement(query, state: state, after: cursor, at: now)
      rows += try connection.all(
        composed: "\(Self.jobColumns) \(statement.text)",
        statement.values(limit: limit == .max ? limit : limit + 1)
      ) { row throws(StoreError) in
        let job = try job(row, at: now, queueTime: queueTime)
        let place = JobPage.Cursor(
          value: query.order.value(of: job, at: now), sequence: row.int64(0))
        return (place, job)
      }
    }
    if states.count > 1 { rows.sort { query.order.places($0.place, before: $1.place) } }
    let shown = rows.prefix(limit)
    return JobPage(
      jobs: shown.map(\.job), next: rows.count > limit ? shown.last?.place : nil)
  }
}
