public import QueueCore

extension PostgresJobStore {
  /// Returns the folded counts and those of the journal; processing jobs are counted here.
  public func summary() throws(StoreError) -> QueueSummary {
    let rows = try reading { () throws(StoreError) in
      try connection.all(
        """
        SELECT q.name, x.state, x.jobs FROM (
          SELECT queue, state, sum(jobs)::bigint AS jobs FROM (
            SELECT queue, state, jobs FROM @.counts
            UNION ALL SELECT queue, gone, -times FROM @.journal WHERE gone IS NOT NULL
            UNION ALL SELECT queue, come, times FROM @.journal WHERE come IS NOT NULL
            UNION ALL SELECT queue, state, 1 FROM @.work WHERE state = 'processing') y
          GROUP BY 1, 2 HAVING sum(jobs) > 0) x
        JOIN @.queues q ON q.no = x.queue
        """
      ) { row in (row.text(0), row.text(1), row.int(2)) }
    }
    return QueueSummary(rows: rows)
  }

  /// Counts the jobs of a tag along its index.
  public func summary(tagged tag: String) throws(StoreError) -> QueueSummary {
    let rows = try reading { () throws(StoreError) in
      try connection.all(
        """
        SELECT q.name, s.state, count(*) FROM @.tags t JOIN @.states s ON s.seq = t.job
        JOIN @.queues q ON q.no = s.queue WHERE t.tag = $1 GROUP BY 1, 2
        """,
        tag
      ) { row in (row.text(0), row.text(1), row.int(2)) }
    }
    return QueueSummary(rows: rows)
  }

  /// Skips from tag to tag in the index, whatever number of jobs each has.
  public func tags(
    startingWith prefix: String, atMost limit: Int
  ) throws(StoreError) -> [String] {
    try connection.all(
      """
      WITH RECURSIVE found (tag) AS (
        (SELECT tag FROM @.tags WHERE tag >= $1 ORDER BY tag LIMIT 1)
        UNION ALL
        SELECT n.tag FROM found CROSS JOIN LATERAL (
          SELECT tag FROM @.tags t WHERE t.tag > found.tag ORDER BY tag LIMIT 1) n
        WHERE starts_with(found.tag, $1))
      SELECT tag FROM found WHERE starts_with(tag, $1) LIMIT $2
      """,
      prefix, limit
    ) { row in row.text(0) }
  }

  /// Returns a page of jobs. An order without an index is limited to few jobs.
  public func jobs(
    _ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage {
    try reading { () throws(StoreError) in
      try page(query, limit: limit, after: cursor, at: now)
    }
  }

  private func page(
    _ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage {
    if !query.order.isKept(for: query.states) {
      try query.order.check(query, against: try summary())
    }
    let queueTime = try queueTime(at: now)
    // Reads one job more than wanted, to detect a next page.
    var rows: [(place: JobPage.Cursor, job: Job)] = []
    let states = query.separateStates
    for state in states {
      let statement = JobListStatement(query, state: state, after: cursor, at: now)
      let (clauses, parameters) = statement.clauses(limit: limit == .max ? limit : limit + 1)
      rows += try connection.all(
        composed: "\(Self.jobColumns(in: state)) \(clauses)", parameters
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
