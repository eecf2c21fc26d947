public import QueueCore

extension PostgresJobStore {
  /// Returns each queue's pause and limit, and the pause of everything, a row of `meta`.
  public func queueControls() throws(StoreError) -> QueueControls {
    try reading { () throws(StoreError) in
      let queues = try connection.all(
        "SELECT name, paused, running_limit FROM @.queues ORDER BY name"
      ) { row in
        QueueControl(
          name: row.text(0), isPaused: row.bool(1), runningLimit: row.optionalInt(2))
      }
      return QueueControls(isEverythingPaused: try fact("paused") != nil, queues: queues)
    }
  }

  /// Pauses or resumes queues, and creates missing rows.
  public func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try change { () throws(StoreError) in
      switch selection {
      case .everything where isPaused: try setFact("paused", to: "1")
      case .everything: try connection.run("DELETE FROM @.meta WHERE key = 'paused'")
      case .named(let names):
        // In order, so that two commands don't wait for each other.
        for name in names.sorted() {
          try connection.run(
            """
            INSERT INTO @.queues (name, paused) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET paused = $2
            """,
            name, isPaused)
        }
      }
    }
  }

  /// Sets a queue's limit, and creates a missing row.
  public func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try change { () throws(StoreError) in
      _ = try connection.run(
        """
        INSERT INTO @.queues (name, running_limit) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET running_limit = $2
        """,
        queue, limit)
    }
  }

  /// Forgets empty queues. Locks nothing if none is empty.
  public func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool {
    try change { () throws(StoreError) in
      try connection.first("SELECT @.forget_queues_1($1::int)", limit) { row in
        row.bool(0)
      } ?? false
    }
  }

  /// Whether a job in `queues` is ready, timed, processing, or failed and not last refused by
  /// `worker`. A blocked job there counts if any queue has such a job, which may be its
  /// prerequisite.
  public func mayStillRun(
    in queues: [String], for worker: WorkerID
  ) throws(StoreError) -> Bool {
    let names = queues.isEmpty ? nil : PostgresArray(queues)
    var parameters = Parameters()
    let own = parameters.add(names)
    let isMoving = Self.isMoving(for: parameters.add(worker))
    return try connection.all(
      composed: """
        SELECT (own.moving OR own.blocked
          AND EXISTS (SELECT 1 FROM @.queues q JOIN @.work w ON w.queue = q.no AND \(isMoving)))
        FROM (SELECT
          coalesce(bool_or(EXISTS (SELECT 1 FROM @.work w WHERE w.queue = no AND \(isMoving))),
            false) AS moving,
          coalesce(bool_or(EXISTS (SELECT 1 FROM @.work WHERE queue = no AND line = 4)), false)
            AS blocked
          FROM @.queues WHERE \(own) IS NULL OR name = ANY (\(own))) own
        """, parameters
    ) { row in row.bool(0) }.first ?? false
  }

  /// Whether the row `w` isn't blocked, nor a failed job that this worker was the last to refuse.
  private static func isMoving(for worker: String) -> String {
    """
    w.line < 4 AND NOT (w.state = 'failed' AND w.line > 0
      AND EXISTS (SELECT 1 FROM @.runs r WHERE r.id = w.run AND r.worker = \(worker)
        AND r.outcome = 'snoozed' AND r.exit_code = 126 AND r.cpu_ms IS NULL))
    """
  }

  /// Returns the numbers of queues, which can't be forgotten before the transaction ends. Creates
  /// missing ones.
  func numbers(of names: some Sequence<String>) throws(StoreError) -> [String: Int64] {
    let names = Set(names)
    let sorted = PostgresArray(names.sorted())
    while true {
      let rows = try connection.all(
        "SELECT name, no FROM @.queues WHERE name = ANY ($1) ORDER BY no FOR KEY SHARE", sorted
      ) { row in (row.text(0), row.int64(1)) }
      if rows.count == names.count {
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
      }
      try connection.run(
        "INSERT INTO @.queues (name) SELECT unnest($1) ON CONFLICT DO NOTHING", sorted)
    }
  }
}
