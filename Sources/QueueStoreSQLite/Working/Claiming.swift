public import QueueCore

extension SQLiteJobStore {
  /// How many due jobs of each kind one claim makes ready; later claims take the rest.
  private static let promotionLimit = 500

  /// Makes due jobs ready, claims the head and opens its run in one transaction, O(log n) per
  /// queue. Reads first: idle workers that wake too late for a job don't take the write lock.
  public func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    if let nothing = try nothingToClaim(for: worker, at: now) { return nothing }
    return try workerChange { () throws(StoreError) in
      guard let orders = try orders(of: worker) else { return .evicted }
      return try claim(for: worker, under: orders, at: now)
    }
  }

  /// Returns the result for a worker without a job to claim; nil if a write may be needed.
  private func nothingToClaim(
    for worker: WorkerID, at now: Moment
  ) throws(StoreError) -> ClaimResult? {
    try connection.read { () throws(StoreError) in
      guard let queueTime = try knownQueueTime(at: now), let orders = try orders(of: worker),
        orders.stop == nil
      else { return nil }
      let lines = try lines(queues: orders.queues, at: now, queueTime: queueTime)
      return lines.contains { $0.head != nil || $0.hasDue } ? nil : nothing(lines)
    }
  }

  func claim(
    for worker: WorkerID, under orders: WorkerOrders, at now: Moment
  ) throws(StoreError) -> ClaimResult {
    if let order = orders.stop { return .stop(order) }
    let queueTime = try fixedQueueTime(at: now)
    var lines = try lines(queues: orders.queues, at: now, queueTime: queueTime)
    if lines.contains(where: \.hasDue) {
      try promoteDue(at: now, queueTime: queueTime)
      lines = try self.lines(queues: orders.queues, at: now, queueTime: queueTime)
    }
    guard let head = lines.compactMap(\.head).max() else {
      return nothing(lines)
    }
    return .job(try openRun(of: head.sequence, worker: worker, at: now, queueTime: queueTime))
  }

  private func orders(of worker: WorkerID) throws(StoreError) -> WorkerOrders? {
    try connection.first(
      "SELECT stop, queues FROM workers WHERE id = ? AND evicted = 0", worker
    ) { row in WorkerOrders(row, from: 0) }
  }

  /// Makes due jobs ready: scheduled ones by wall time, then failed ones by queue time.
  private func promoteDue(at now: Moment, queueTime: Int64) throws(StoreError) {
    try connection.run(
      """
      UPDATE jobs SET ready = 1 WHERE seq IN (
        WITH RECURSIVE timed(name) AS (
          SELECT (SELECT queue FROM jobs INDEXED BY jobs_scheduled
            WHERE ready = 0 AND state = 'pending' AND waits_for = 0 AND queue >= ''
            ORDER BY queue LIMIT 1)
          UNION ALL
          SELECT (SELECT queue FROM jobs INDEXED BY jobs_scheduled
            WHERE ready = 0 AND state = 'pending' AND waits_for = 0 AND queue > timed.name
            ORDER BY queue LIMIT 1)
          FROM timed WHERE name IS NOT NULL)
        SELECT j.seq FROM timed CROSS JOIN jobs j INDEXED BY jobs_scheduled
        WHERE j.queue = timed.name AND j.ready = 0 AND j.state = 'pending' AND j.waits_for = 0
          AND j.run_at <= ?
        LIMIT ?)
      """,
      now.wall, Self.promotionLimit)
    try connection.run(
      """
      UPDATE jobs SET ready = 1 WHERE seq IN (
        WITH RECURSIVE failed(name) AS (
          SELECT (SELECT queue FROM jobs INDEXED BY jobs_backoff
            WHERE ready = 0 AND state = 'failed' AND queue >= '' ORDER BY queue LIMIT 1)
          UNION ALL
          SELECT (SELECT queue FROM jobs INDEXED BY jobs_backoff
            WHERE ready = 0 AND state = 'failed' AND queue > failed.name ORDER BY queue LIMIT 1)
          FROM failed WHERE name IS NOT NULL)
        SELECT j.seq FROM failed CROSS JOIN jobs j INDEXED BY jobs_backoff
        WHERE j.queue = failed.name AND j.ready = 0 AND j.state = 'failed' AND j.run_at <= ?
        LIMIT ?)
      """,
      queueTime, Self.promotionLimit)
  }

  /// Returns the head of each queue with ready jobs, and the next due time of each with timed jobs.
  /// Skips along the indexes from queue to queue, so queues without waiting jobs cost nothing. A
  /// recursive query would make three temporary tables per claim, at a sixth of a short job's time.
  private func lines(
    queues: String?, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> [Line] {
    var lines: [Line] = []
    var name = ""
    while let next = try readyLine(after: name, queues: queues) {
      name = next.queue
      if next.isServed { lines.append(Line(head: next.head, untilDue: nil)) }
    }
    name = ""
    while let next = try connection.first(
      """
      SELECT queue, run_at - ?3, ?2 IS NULL OR queue IN (SELECT value FROM json_each(?2))
      FROM jobs INDEXED BY jobs_scheduled
      WHERE ready = 0 AND state = 'pending' AND waits_for = 0 AND queue > ?1
      ORDER BY queue, run_at LIMIT 1
      """,
      name, queues, now.wall, read: { row in Self.timedLine(row) })
    {
      name = next.queue
      if next.isServed { lines.append(Line(head: nil, untilDue: next.untilDue)) }
    }
    name = ""
    while let next = try connection.first(
      """
      SELECT queue, run_at - ?3, ?2 IS NULL OR queue IN (SELECT value FROM json_each(?2))
      FROM jobs INDEXED BY jobs_backoff
      WHERE ready = 0 AND state = 'failed' AND queue > ?1
      ORDER BY queue, run_at LIMIT 1
      """,
      name, queues, queueTime, read: { row in Self.timedLine(row) })
    {
      name = next.queue
      if next.isServed { lines.append(Line(head: nil, untilDue: next.untilDue)) }
    }
    return lines
  }

  private static func timedLine(
    _ row: Statement
  ) -> (queue: String, untilDue: Duration?, isServed: Bool) {
    (row.text(0), row.optionalInt64(1).map { .milliseconds($0) }, row.int(2) != 0)
  }

  /// Returns the next queue with ready jobs; its head is nil if it is paused or at its limit.
  private func readyLine(
    after name: String, queues: String?
  ) throws(StoreError) -> (queue: String, head: Head?, isServed: Bool)? {
    try connection.first(
      """
      SELECT j.priority, j.seq, j.queue,
        ?2 IS NULL OR j.queue IN (SELECT value FROM json_each(?2)),
        q.paused = 0 AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'paused')
          AND (q.running_limit IS NULL OR q.running_limit > (SELECT count(*)
            FROM jobs INDEXED BY jobs_by_state WHERE state = 'processing' AND queue = j.queue))
      FROM jobs j INDEXED BY jobs_ready LEFT JOIN queues q ON q.name = j.queue
      WHERE j.ready = 1 AND j.queue > ?1
      ORDER BY j.queue, j.priority DESC, j.seq LIMIT 1
      """,
      name, queues
    ) { row in
      let head = Head(priority: row.int64(0), sequence: row.int64(1))
      return (row.text(2), row.int(4) != 0 ? head : nil, row.int(3) != 0)
    }
  }

  /// A queue's ready jobs, or its timed jobs, as seen by a claim.
  private struct Line {
    /// The next ready job; nil if there is none, or the queue is paused or at its limit.
    let head: Head?
    /// The time until the next timed job is due; nil for none.
    let untilDue: Duration?

    var hasDue: Bool { untilDue.map { $0 <= .zero } ?? false }
  }

  private func nothing(_ lines: [Line]) -> ClaimResult {
    .nothing(nextDue: lines.compactMap(\.untilDue).min().map { max(.zero, $0) })
  }

  /// Orders heads by priority, then age; the greatest is claimed.
  private struct Head: Comparable {
    let priority: Int64
    let sequence: Int64

    static func < (one: Head, other: Head) -> Bool {
      (one.priority, other.sequence) < (other.priority, one.sequence)
    }
  }

  /// Makes a ready job processing and opens its run. The wait is in queue time after a backoff,
  /// else in wall time, unless the wall clock was set forward by over a day since.
  private func openRun(
    of sequence: Int64, worker: WorkerID, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> ClaimedJob {
    try connection.run(
      """
      INSERT INTO runs (job, previous, attempt, worker, started_at, waited_ms)
      SELECT seq, run, attempts + 1, ?2,
        CASE WHEN updated_at BETWEEN ?3 AND ?5 THEN updated_at ELSE ?3 END,
        min(1 << 50, max(0, CASE
          WHEN state = 'failed' THEN ?4 - coalesce(run_at, ?4)
          WHEN ?3 - ?4 > 86400000 AND max(updated_at, coalesce(run_at, updated_at)) <= ?4
            THEN ?4 - max(updated_at, coalesce(run_at, updated_at))
          ELSE ?3 - max(updated_at, coalesce(run_at, updated_at)) END))
      FROM jobs WHERE seq = ?1
      """,
      sequence, worker, now.wall, queueTime, now.latestPredecessor)
    let run = RunID(connection.lastInsertedRow)
    try connection.run(
      """
      UPDATE jobs SET state = 'processing', ready = 0, run = ?2,
        updated_at = CASE WHEN updated_at BETWEEN ?3 AND ?4 THEN updated_at ELSE ?3 END,
        run_at = CASE state WHEN 'failed' THEN NULL ELSE run_at END
      WHERE seq = ?1
      """,
      sequence, run, now.wall, now.latestPredecessor)
    try connection.run("DELETE FROM progress WHERE job = ?", sequence)
    let claimed = try connection.first(
      """
      SELECT j.id, j.queue, j.attempts, j.crashes, j.max_retries, j.priority, j.run_at,
        j.unique_key, r.waited_ms, d.*
      FROM jobs j JOIN job_details d ON d.seq = j.seq JOIN runs r ON r.id = j.run WHERE j.seq = ?
      """,
      sequence
    ) { row throws(StoreError) in
      var spec = try JobDetails.read(row, from: 10)
      spec.queue = row.text(1)
      spec.maxRetries = row.int(4)
      spec.priority = row.int(5)
      spec.runAt = row.optionalInt64(6).map(Timestamp.init(bounded:))
      spec.uniqueKey = row.optionalText(7)
      let job = ClaimedJob(
        run: run, runName: runName(run), id: JobID(trusted: row.text(0)), spec: spec,
        tally: RetryBudget(
          attempts: row.int(2), crashes: row.int(3), maxRetries: row.int(4)),
        origin: JobDetails.readOrigin(row, from: 10))
      return (job: job, waited: Duration.milliseconds(row.int64(8)))
    }
    guard let claimed else {
      throw StoreError.damaged(connection.path, "a job has no details")
    }
    try count(.started, in: claimed.job.spec.queue, claimed.waited, at: now)
    return claimed.job
  }

  /// The run's name, unique across databases.
  func runName(_ run: RunID) -> String { "\(databaseID)-\(run)" }
}

struct WorkerOrders {
  let stop: StopOrder?
  /// A JSON array; nil for all queues.
  let queues: String?

  init(_ row: Statement, from column: Int32) {
    stop = row.optionalStopOrder(column)
    queues = row.optionalText(column + 1)
  }
}
