public import QueueCore

extension PostgresJobStore {
  /// Registers a worker; its id is never reused.
  public func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID {
    try change { () throws(StoreError) in
      // Before the order is read: a stop of all that doesn't see this worker's row comes first.
      try connection.run("SELECT 1 FROM @.meta WHERE key = 'database_id' FOR SHARE")
      let id = try connection.first(
        """
        INSERT INTO @.workers (host, boot, pid, pid_start, namespaces, queues, started_at,
          heartbeat_at, heartbeat_uptime, lease_ms, stop, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11) RETURNING id
        """,
        process.host, process.boot?.text ?? "", Int64(process.pid), process.startTicks,
        process.site?.text, queues.isEmpty ? nil : PostgresArray(queues), now.wall, now.uptime,
        try settings().hostLease, try stopOrder(since: begun, at: now)?.rawValue, version
      ) { row in WorkerID(row.int64(0)) }
      guard let id else { throw StoreError(.other, "the server gave the worker no number") }
      return id
    }
  }

  /// Records a heartbeat and keeps queue time, in one statement that may be repeated.
  public func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    sweepIfDue(for: worker, at: now)
    let queueTime = try fixedQueueTime(at: now)
    while true {
      let used = lease
      let answer = try connection.timed { () throws(StoreError) in
        try connection.first(
          """
          WITH kept AS (
            UPDATE @.queue_clock SET seen_at = $6 WHERE boot = $7 AND seen_at < $6)
          UPDATE @.workers w SET heartbeat_at = $2, heartbeat_uptime = $3,
            lease_ms = $4, stop = nullif(greatest(stop, $5), 0)
          WHERE id = $1 AND NOT evicted
          RETURNING stop, (SELECT concat_ws(' ', s.run, s.cancel::int, r.frozen)
            FROM @.work s JOIN @.runs r ON r.id = s.run
            WHERE s.state = 'processing' AND r.worker = w.id ORDER BY s.run LIMIT 1),
            (SELECT value FROM @.settings WHERE key = 'host-lease'),
            (SELECT value FROM @.meta WHERE key = 'database_id'),
            floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
          """,
          worker, now.wall, now.uptime, used, order?.rawValue ?? 0, queueTime, now.boot?.text
        ) { row in
          let held = HeldRunText(row.optionalText(1))
          let result = RenewResult.known(
            row.optionalStopOrder(0), cancelled: held?.cancelled,
            // A claim without an answer may hold another.
            held: unanswered[worker] == nil ? held.map { .run($0.run) } ?? .none : .untold,
            freeze: held?.freeze)
          return (
            result: result, lease: row.optionalText(2), id: row.text(3), wall: row.timestamp(4)
          )
        }
      } wall: {
        $0?.wall
      }
      guard let answer else {
        try checkPlace()
        return .evicted
      }
      try connection.check(finds: answer.id)
      // The setting is read with the heartbeat; once it has changed, the row is written again.
      if Self.lease(answer.lease) == used { return answer.result }
      lease = Self.lease(answer.lease)
    }
  }

  private static func lease(_ text: String?) -> Duration {
    var settings = Settings()
    if let text { try? Setting.named("host-lease").apply(text, to: &settings) }
    return settings.hostLease
  }

  /// Removes a worker's row, unless it was evicted: its job is found through it then.
  public func deregister(_ worker: WorkerID) throws(StoreError) {
    // A claim without an answer may hold a job: other workers find it by this row and reclaim it.
    guard unanswered[worker] == nil else { return }
    try change { () throws(StoreError) in
      _ = try connection.run("DELETE FROM @.workers WHERE id = $1 AND NOT evicted", worker)
    }
  }

  /// Stores the order in `meta` and raises every worker's.
  public func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord] {
    try change { () throws(StoreError) in
      // Waits for workers that have read the order before this one, and are being registered.
      try connection.run("SELECT 1 FROM @.meta WHERE key = 'database_id' FOR UPDATE")
      try setFact(
        "stop",
        to: GeneralStop(order, uptime: now.uptime, boot: now.boot, wall: now.wall).text)
      try connection.run(
        "UPDATE @.workers SET stop = greatest(coalesce(stop, 0), $1)", order.rawValue)
      return try workers()
    }
  }

  /// Returns the order to all workers since `begun`; nil for none.
  public func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder? {
    try fact("stop").flatMap(GeneralStop.init(text:))?.order(since: begun, at: now)
  }

  /// Raises the order of each worker; changes nothing if one is unknown.
  public func requestStop(
    _ order: StopOrder, of wanted: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    try change { () throws(StoreError) in
      // No worker begins another run meanwhile.
      try connection.run(
        "SELECT id FROM @.workers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        PostgresArray(wanted))
      let known = try self.workers()
      if let stranger = wanted.first(where: { id in !known.contains { $0.id == id } }) {
        throw StoreError(
          .notFound, "no worker is called \"\(stranger)\": \"queuectl worker list\" shows them")
      }
      let others = known.filter { wanted.contains($0.id) && $0.current?.run != run }
      if run != nil, let other = others.first {
        throw StoreError(.wrongState, "\(other.id) no longer runs that job")
      }
      try connection.run(
        "UPDATE @.workers SET stop = greatest(coalesce(stop, 0), $2) WHERE id = ANY($1)",
        PostgresArray(wanted), order.rawValue)
      return try self.workers().filter { wanted.contains($0.id) }
    }
  }

  /// Returns all workers with their jobs; what they have run is in `credits` and in the journal.
  public func workers() throws(StoreError) -> [WorkerRecord] {
    try connection.all(
      """
      SELECT w.id, w.host, w.boot, w.pid, w.pid_start, w.namespaces, to_json(w.queues),
        w.started_at, w.heartbeat_at, w.heartbeat_uptime, w.lease_ms, w.stop, w.evicted,
        coalesce(c.completed, 0) + coalesce(n.completed, 0),
        coalesce(c.failed, 0) + coalesce(n.failed, 0), a.id, a.run, a.started_at,
        a.frozen, w.version
      FROM @.workers w LEFT JOIN @.credits c ON c.worker = w.id
      LEFT JOIN (
        SELECT worker, coalesce(sum(times) FILTER (WHERE event = 'completed'), 0) AS completed,
          coalesce(sum(times) FILTER (WHERE event = 'failed'), 0) AS failed
        FROM @.journal WHERE worker IS NOT NULL GROUP BY worker) n ON n.worker = w.id
      LEFT JOIN (
        SELECT r.worker, j.id, s.run, r.started_at, r.frozen
        FROM @.work s JOIN @.runs r ON r.id = s.run
        JOIN @.jobs j ON j.seq = s.seq WHERE s.state = 'processing') a ON a.worker = w.id
      ORDER BY w.id
      """
    ) { row throws(StoreError) in try record(row) }
  }

  private func record(_ row: Row) throws(StoreError) -> WorkerRecord {
    let boot = row.text(2)
    let process = ProcessIdentity(
      host: row.text(1), site: row.optionalText(5).flatMap(Site.init(text:)),
      boot: boot.isEmpty ? nil : BootID(boot), pid: Int32(truncatingIfNeeded: row.int64(3)),
      startTicks: row.exactInt64(4))
    let heartbeat = Moment(
      wall: row.timestamp(8), uptime: .milliseconds(row.int64(9)), boot: process.boot)
    var record = WorkerRecord(
      id: WorkerID(row.int64(0)), process: process,
      queues: try StringListText.decode(row.optionalText(6)), lease: .milliseconds(row.int64(10)),
      version: row.optionalText(19), at: heartbeat)
    record.startedAt = row.timestamp(7)
    record.stop = row.optionalStopOrder(11)
    record.isEvicted = row.bool(12)
    record.completed = row.int(13)
    record.failed = row.int(14)
    if let job = row.optionalText(15) {
      let run = RunID(row.int64(16))
      record.current = WorkerRecord.Assignment(
        job: JobID(trusted: job), run: run, runName: runName(run), since: row.timestamp(17),
        freeze: FreezeState(stored: row.optionalInt64(18)))
    }
    return record
  }

  // MARK: - Facts

  /// Returns a row of `meta`; nil for none.
  func fact(_ key: String) throws(StoreError) -> String? {
    try connection.first("SELECT value FROM @.meta WHERE key = $1", key) { row in row.text(0) }
  }

  func setFact(_ key: String, to value: String) throws(StoreError) {
    try connection.run(
      "INSERT INTO @.meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2", key, value)
  }
}
