public import QueueCore

extension PostgresJobStore {
  /// Returns the longest wait per queue. Costs one index lookup per queue and priority in use.
  public func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration] {
    let waits = try reading { () throws(StoreError) in
      let queueTime = try queueTime(at: now)
      return try firstInLine(at: now, queueTime) + overdue(at: now, queueTime)
    }
    return Dictionary(waits, uniquingKeysWith: max).filter { $0.value >= .zero }
  }

  /// Counts along the index of lines: higher priorities, and older jobs of the same priority.
  public func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int {
    try reading { () throws(StoreError) in
      try jobsAhead(ofRow: try sequence(of: reference), atMost: limit)
    }
  }

  private func jobsAhead(ofRow sequence: Int64, atMost limit: Int) throws(StoreError) -> Int {
    let place = try connection.first(
      "SELECT queue, -priority::bigint FROM @.states WHERE seq = $1", sequence
    ) { row in (queue: row.int64(0), rank: row.int64(1)) }
    guard let place else { return 0 }
    return try connection.first(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM @.work WHERE queue = $1::int AND line = 0 AND (rank, seq) < ($2, $3)
        LIMIT $4) ahead
      """,
      place.queue, place.rank, sequence, limit
    ) { row in row.int(0) } ?? 0
  }

  /// Returns the unfinished jobs that wait for a job.
  public func dependants(
    of reference: String, atMost limit: Int
  ) throws(StoreError) -> [JobID] {
    try dependants(ofRow: try sequence(of: reference), atMost: limit)
  }

  func dependants(ofRow sequence: Int64, atMost limit: Int) throws(StoreError) -> [JobID] {
    try connection.all(
      """
      SELECT d.id FROM @.prerequisites p JOIN @.work w ON w.seq = p.job
      JOIN @.jobs d ON d.seq = p.job WHERE p.needs = $1 ORDER BY p.job LIMIT $2
      """,
      sequence, limit
    ) { row in JobID(trusted: row.text(0)) }
  }

  /// Counts along the index of lines, queue by queue.
  public func scheduledJobs(
    in queue: String?, atMost limit: Int, at now: Moment
  ) throws(StoreError) -> Int {
    try connection.first(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM @.queues q JOIN @.work w ON w.queue = q.no AND w.line = 1 AND w.rank > $2
        WHERE $1 IS NULL OR q.name = $1 LIMIT $3) scheduled
      """,
      queue, now.wall, limit
    ) { row in row.int(0) } ?? 0
  }

  private typealias Wait = (String, Duration)

  /// Returns how long the first ready job of each queue and priority has waited.
  private func firstInLine(at now: Moment, _ queueTime: Int64) throws(StoreError) -> [Wait] {
    try connection.all(
      """
      WITH RECURSIVE line (queue, rank, seq) AS (
        SELECT q.no, w.rank, w.seq FROM @.queues q CROSS JOIN LATERAL (
          SELECT rank, seq FROM @.work WHERE queue = q.no AND line = 0 ORDER BY rank, seq LIMIT 1) w
        UNION ALL
        SELECT l.queue, w.rank, w.seq FROM line l CROSS JOIN LATERAL (
          SELECT rank, seq FROM @.work WHERE queue = l.queue AND line = 0 AND rank > l.rank
          ORDER BY rank, seq LIMIT 1) w)
      SELECT q.name, greatest(0, CASE
        WHEN w.state = 'failed' THEN $2 - coalesce(w.run_at, $2)
        WHEN $1 - $2 > 86400000 AND greatest(w.updated_at, w.run_at) <= $2
          THEN $2 - greatest(w.updated_at, w.run_at)
        ELSE $1 - greatest(w.updated_at, w.run_at) END)
      FROM (SELECT * FROM line LIMIT $3) l JOIN @.work w ON w.seq = l.seq
      JOIN @.queues q ON q.no = l.queue
      """,
      now.wall, queueTime, Self.mostLines
    ) { row in (row.text(0), .milliseconds(row.int64(1))) }
  }

  /// The most queue and priority pairs read. Users choose priorities freely.
  private static let mostLines = 1000

  /// Returns how long each queue's first due job has waited because no worker claims.
  private func overdue(at now: Moment, _ queueTime: Int64) throws(StoreError) -> [Wait] {
    try connection.all(
      """
      SELECT q.name, CASE w.line WHEN 1 THEN $1 ELSE $2 END - w.rank
      FROM @.queues q CROSS JOIN LATERAL (
        (SELECT line, rank FROM @.work WHERE queue = q.no AND line = 1 ORDER BY rank LIMIT 1)
        UNION ALL
        (SELECT line, rank FROM @.work WHERE queue = q.no AND line = 2 ORDER BY rank LIMIT 1)) w
      """,
      now.wall, queueTime
    ) { row in (row.text(0), .milliseconds(row.int64(1))) }
  }
}
