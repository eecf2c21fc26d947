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
        SELECT q.name, s.state, count(*) FROM @.jobs d JOIN @.states s ON s.seq = d.seq
        JOIN @.queues q ON q.no = s.queue WHERE d.tags @> $1 GROUP BY 1, 2
        """,
        PostgresArray([tag])
      ) { row in (row.text(0), row.text(1), row.int(2)) }
    }
    return QueueSummary(rows: rows)
  }

  /// Looks at the newest jobs: the index of tags can't be read in order.
  public func tags(
    startingWith prefix: String, atMost limit: Int
  ) throws(StoreError) -> [String] {
    try connection.all(
      """
      SELECT t.tag FROM (SELECT tags FROM @.jobs ORDER BY seq DESC LIMIT 10000) newest,
        unnest(newest.tags) AS t (tag)
      WHERE starts_with(t.tag, $1) GROUP BY 1 ORDER BY 1 LIMIT $2
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
    // Reads one job more than wanted, to detect a next page, and each state along its own index.
    var rows: [(place: JobPage.Cursor, job: Job)] = []
    let states: [JobState?] = query.states.isEmpty ? [nil] : Array(Set(query.states))
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
