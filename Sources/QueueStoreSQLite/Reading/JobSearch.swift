public import QueueCore

extension SQLiteJobStore {
  /// Runs `body` in one read transaction, which blocks no writer in WAL mode.
  public func reading<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try connection.read(body)
  }

  /// Searches one step: finds its end, counts the matches up to there and reads the wanted ones.
  public func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep {
    precondition(query.states.count <= 1, "a search is for one state, or for all")
    if !query.order.isKept(for: query.states) {
      try query.order.check(query, against: try summary())
    }
    let last = try place(of: count, query, after: cursor, at: now)
    let part = JobListStatement(
      query, state: query.states.first, after: cursor, through: last, at: now)
    let found = try self.count(part)
    var jobs: [Job] = []
    if found > 0, limit > 0 { jobs = try self.jobs(part, limit: limit, at: now) }
    let examined = try last == nil ? self.count(everything(query, after: cursor, at: now)) : count
    return JobSearchStep(jobs: jobs, found: found, examined: examined, next: last)
  }

  /// Returns the place of the `count`th job after `cursor`, matching or not; nil if none follows.
  private func place(
    of count: Int, _ query: JobQuery, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage.Cursor? {
    let all = everything(query, after: cursor, at: now)
    let key = JobListStatement.expression(of: query.order.key) ?? "0"
    let places = try connection.all(
      composed: """
        SELECT \(key), j.seq FROM jobs j LEFT JOIN runs r ON r.id = j.run \(all.text)
        """,
      JobListStatement.bound(query.order.key, now) + all.values(limit: 2, skipping: count - 1)
    ) { row in JobPage.Cursor(value: row.int64(0), sequence: row.int64(1)) }
    return places.count == 2 ? places[0] : nil
  }

  /// The same jobs without the query's conditions.
  private func everything(
    _ query: JobQuery, after cursor: JobPage.Cursor?, at now: Moment
  ) -> JobListStatement {
    var all = JobQuery(states: query.states)
    all.order = query.order
    return JobListStatement(all, state: query.states.first, after: cursor, at: now)
  }

  private func count(_ statement: JobListStatement) throws(StoreError) -> Int {
    try connection.all(
      composed: "\(Self.countedJobs) \(statement.source)", statement.values
    ) { row in row.int(0) }.first ?? 0
  }

  static let countedJobs = """
    SELECT count(*) FROM jobs j LEFT JOIN job_details d ON d.seq = j.seq
    LEFT JOIN runs r ON r.id = j.run
    """

  private func jobs(
    _ statement: JobListStatement, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    let queueTime = try queueTime(at: now)
    return try connection.all(
      composed: "\(Self.jobColumns) \(statement.text)", statement.values(limit: limit)
    ) { row throws(StoreError) in try job(row, at: now, queueTime: queueTime) }
  }
}
