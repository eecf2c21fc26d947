public import QueueCore

extension SQLiteJobStore {
  /// Registers a worker; its id is never reused.
  public func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID {
    try change { () throws(StoreError) in
      try connection.run(
        """
        INSERT INTO workers
          (host, boot, pid, pid_start, queues, started_at, heartbeat_at, heartbeat_uptime,
            lease_ms, stop, namespaces, version)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)
        """,
        process.host, process.boot?.text ?? "", Int64(process.pid), process.startTicks,
        StringListText.encode(queues), now.wall, now.uptime, try settings().lease,
        try stopOrder(since: begun, at: now)?.rawValue, process.site?.text, version)
      return WorkerID(connection.lastInsertedRow)
    }
  }

  /// Records a heartbeat. Its sync makes all earlier claims and finishes durable.
  public func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    try change { () throws(StoreError) in
      let known = try connection.run(
        """
        UPDATE workers SET heartbeat_at = ?2, heartbeat_uptime = ?3, lease_ms = ?4,
          stop = nullif(max(coalesce(stop, 0), ?5), 0)
        WHERE id = ?1 AND evicted = 0
        """,
        worker, now.wall, now.uptime, try settings().lease, order?.rawValue ?? 0)
      guard known == 1 else { return .evicted }
      try keepQueueTime(at: now)
      let orders = try connection.first(
        """
        SELECT stop, (SELECT r.id || ' ' || j.cancel || coalesce(' ' || r.frozen, '')
          FROM jobs j JOIN runs r ON r.id = j.run
          WHERE j.state = 'processing' AND (j.cancel = 1 OR r.frozen IS NOT NULL)
            AND r.worker = w.id)
        FROM workers w WHERE id = ?
        """,
        worker
      ) { row in
        let held = HeldRunText(row.optionalText(1))
        return RenewResult.known(
          row.optionalStopOrder(0), cancelled: held?.cancelled, freeze: held?.freeze)
      }
      return orders ?? .evicted
    }
  }

  /// Removes a worker's row, unless it was evicted: its job is found through it then.
  public func deregister(_ worker: WorkerID) throws(StoreError) {
    checkpointer.reconsider()
    try change { () throws(StoreError) in
      try forget(worker, isEvicted: false)
    }
  }

  func forget(_ worker: WorkerID, isEvicted: Bool) throws(StoreError) {
    try connection.run(
      "DELETE FROM workers WHERE id = ? AND evicted = ?", worker, isEvicted ? 1 : 0)
  }

  /// Stores the order in `meta` and raises every worker's. Synced, so a power loss can't undo it.
  public func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord] {
    try change { () throws(StoreError) in
      try connection.run(
        "INSERT OR REPLACE INTO meta VALUES ('stop', ?)",
        GeneralStop(order, uptime: now.uptime, boot: now.boot).text)
      try connection.run("UPDATE workers SET stop = max(coalesce(stop, 0), ?)", order.rawValue)
      return try workers()
    }
  }

  /// Returns the order to all workers since `begun`; nil for none.
  public func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder? {
    let text = try connection.first("SELECT value FROM meta WHERE key = 'stop'") { row in
      row.text(0)
    }
    return text.flatMap(GeneralStop.init(text:))?.order(since: begun, at: now)
  }

  /// Raises the order of each worker; changes nothing if one is unknown.
  public func requestStop(
    _ order: StopOrder, of wanted: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    try change { () throws(StoreError) in
      let known = try self.workers()
      if let stranger = wanted.first(where: { id in !known.contains { $0.id == id } }) {
        throw StoreError(
          .notFound, "no worker is called \"\(stranger)\": \"queuectl worker list\" shows them")
      }
      let others = known.filter { wanted.contains($0.id) && $0.current?.run != run }
      if run != nil, let other = others.first {
        throw StoreError(.wrongState, "\(other.id) no longer runs that job")
      }
      for worker in wanted {
        try connection.run(
          "UPDATE workers SET stop = max(coalesce(stop, 0), ?2) WHERE id = ?1", worker,
          order.rawValue)
      }
      return try self.workers().filter { wanted.contains($0.id) }
    }
  }

  /// Returns all workers with their jobs.
  public func workers() throws(StoreError) -> [WorkerRecord] {
    let assignments = try assignments()
    return try connection.all(
      """
      SELECT id, host, boot, pid, pid_start, queues, started_at, heartbeat_at, heartbeat_uptime,
        completed, failed, stop, lease_ms, evicted, namespaces, version
      FROM workers ORDER BY id
      """
    ) { row throws(StoreError) in try record(row, assignments) }
  }

  func worker(_ id: WorkerID) throws(StoreError) -> WorkerRecord? {
    try workers().first { $0.id == id }
  }

  private func assignments() throws(StoreError) -> [WorkerID: WorkerRecord.Assignment] {
    let rows = try connection.all(
      """
      SELECT r.worker, j.id, r.id, r.started_at, r.frozen FROM jobs j JOIN runs r ON r.id = j.run
      WHERE j.state = 'processing'
      """
    ) { row in
      (
        WorkerID(row.int64(0)),
        WorkerRecord.Assignment(
          job: JobID(trusted: row.text(1)), run: RunID(row.int64(2)),
          runName: runName(RunID(row.int64(2))), since: row.timestamp(3),
          freeze: FreezeState(stored: row.optionalInt64(4)))
      )
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  private func record(
    _ row: Statement, _ assignments: [WorkerID: WorkerRecord.Assignment]
  ) throws(StoreError) -> WorkerRecord {
    let id = WorkerID(row.int64(0))
    let process = ProcessIdentity(
      host: row.text(1), site: row.optionalText(14).flatMap(Site.init(text:)),
      boot: Self.boot(row.text(2)),
      pid: Int32(truncatingIfNeeded: row.int64(3)), startTicks: row.exactInt64(4))
    let heartbeat = Moment(
      wall: row.timestamp(7), uptime: .milliseconds(row.int64(8)), boot: process.boot)
    var record = WorkerRecord(
      id: id, process: process, queues: try StringListText.decode(row.optionalText(5)),
      lease: .milliseconds(row.int64(12)), version: row.optionalText(15), at: heartbeat)
    record.startedAt = row.timestamp(6)
    record.completed = row.int(9)
    record.failed = row.int(10)
    record.stop = row.optionalStopOrder(11)
    record.isEvicted = row.int(13) != 0
    record.current = assignments[id]
    return record
  }

  /// An earlier version stored "unknown" for an unreadable boot id.
  private static func boot(_ text: String) -> BootID? {
    text.isEmpty || text == "unknown" ? nil : BootID(text)
  }
}
