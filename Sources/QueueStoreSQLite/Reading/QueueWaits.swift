public import QueueCore

extension SQLiteJobStore {
  /// Returns the longest wait per queue. Costs one index lookup per queue and priority in use.
  public func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration] {
    let waits =
      try firstInLine(at: now, queueTime: try queueTime(at: now)) + overdueScheduled(at: now)
      + overdueRetries(queueTime: try queueTime(at: now))
    return Dictionary(waits.map { ($0.queue, $0.wait) }, uniquingKeysWith: max)
      .filter { $0.value >= .zero }
  }

  /// Counts along the index of ready jobs: higher priorities, then older jobs of the same priority.
  public func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int {
    let sequence = try sequence(of: reference)
    let higher =
      try connection.first(
        """
        SELECT count(*) FROM (
          SELECT 1 FROM jobs mine CROSS JOIN jobs j INDEXED BY jobs_ready
          WHERE mine.seq = ?1 AND j.ready = 1 AND j.queue = mine.queue
            AND j.priority > mine.priority
          LIMIT ?2)
        """,
        sequence, limit
      ) { row in row.int(0) } ?? 0
    let older =
      try connection.first(
        """
        SELECT count(*) FROM (
          SELECT 1 FROM jobs mine CROSS JOIN jobs j INDEXED BY jobs_ready
          WHERE mine.seq = ?1 AND j.ready = 1 AND j.queue = mine.queue
            AND j.priority = mine.priority AND j.seq < mine.seq
          LIMIT ?2)
        """,
        sequence, limit - higher
      ) { row in row.int(0) } ?? 0
    return higher + older
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
      SELECT w.id FROM prerequisites p JOIN jobs w ON w.seq = p.job
      WHERE p.needs = ? AND (w.state = 'pending' OR w.state = 'processing' OR w.state = 'failed')
      ORDER BY p.job LIMIT ?
      """,
      sequence, limit
    ) { row in JobID(trusted: row.text(0)) }
  }

  /// Counts along the index of scheduled jobs, queue by queue.
  public func scheduledJobs(
    in queue: String?, atMost limit: Int, at now: Moment
  ) throws(StoreError) -> Int {
    try connection.first(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM queues q CROSS JOIN jobs j INDEXED BY jobs_scheduled
        WHERE (?1 IS NULL OR q.name = ?1) AND j.queue = q.name AND j.ready = 0
          AND j.state = 'pending' AND j.waits_for = 0 AND j.run_at > ?2
        LIMIT ?3)
      """,
      queue, now.wall, limit
    ) { row in row.int(0) } ?? 0
  }

  private typealias Wait = (queue: String, wait: Duration)

  /// Returns how long the first ready job of each queue and priority has waited.
  private func firstInLine(at now: Moment, queueTime: Int64) throws(StoreError) -> [Wait] {
    try connection.all(
      """
      WITH RECURSIVE line(queue, seq) AS (
        SELECT q.name, (SELECT seq FROM jobs INDEXED BY jobs_ready
          WHERE ready = 1 AND queue = q.name ORDER BY priority DESC, seq LIMIT 1)
        FROM queues q
        UNION ALL
        SELECT queue, (SELECT seq FROM jobs INDEXED BY jobs_ready
          WHERE ready = 1 AND queue = line.queue
            AND priority < (SELECT priority FROM jobs WHERE seq = line.seq)
          ORDER BY priority DESC, seq LIMIT 1)
        FROM line WHERE seq IS NOT NULL LIMIT ?3)
      SELECT j.queue, max(0, CASE
        WHEN j.state = 'failed' THEN ?2 - coalesce(j.run_at, ?2)
        WHEN ?1 - ?2 > 86400000 AND max(j.updated_at, coalesce(j.run_at, j.updated_at)) <= ?2
          THEN ?2 - max(j.updated_at, coalesce(j.run_at, j.updated_at))
        ELSE ?1 - max(j.updated_at, coalesce(j.run_at, j.updated_at)) END)
      FROM line JOIN jobs j ON j.seq = line.seq
      """,
      now.wall, queueTime, Self.mostLines
    ) { row in (row.text(0), .milliseconds(row.int64(1))) }
  }

  /// The most queue and priority pairs read. Users choose priorities freely.
  private static let mostLines = 1000

  /// Returns how long each queue's first due job has waited because no worker claims.
  private func overdueScheduled(at now: Moment) throws(StoreError) -> [Wait] {
    let waits = try connection.all(
      """
      SELECT q.name, ?1 - (SELECT run_at FROM jobs INDEXED BY jobs_scheduled
        WHERE queue = q.name AND ready = 0 AND state = 'pending' AND waits_for = 0
        ORDER BY run_at LIMIT 1)
      FROM queues q
      """,
      now.wall
    ) { row in (row.text(0), row.optionalInt64(1)) }
    return waits.compactMap { queue, wait in wait.map { (queue, .milliseconds($0)) } }
  }

  private func overdueRetries(queueTime: Int64) throws(StoreError) -> [Wait] {
    let waits = try connection.all(
      """
      SELECT q.name, ?1 - (SELECT run_at FROM jobs INDEXED BY jobs_backoff
        WHERE queue = q.name AND ready = 0 AND state = 'failed' ORDER BY run_at LIMIT 1)
      FROM queues q
      """,
      queueTime
    ) { row in (row.text(0), row.optionalInt64(1)) }
    return waits.compactMap { queue, wait in wait.map { (queue, .milliseconds($0)) } }
  }
}
