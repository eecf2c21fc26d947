public import QueueCore

extension SQLiteJobStore {
  /// Returns each queue's pause and limit, and the pause of everything, a row of `meta`.
  public func queueControls() throws(StoreError) -> QueueControls {
    let queues = try connection.all(
      "SELECT name, paused, running_limit FROM queues ORDER BY name"
    ) { row in
      QueueControl(
        name: row.text(0), isPaused: row.int(1) == 1,
        runningLimit: row.optionalInt64(2).map(Int.init))
    }
    let paused = try connection.first("SELECT 1 FROM meta WHERE key = 'paused'") { row in
      row.int(0)
    }
    return QueueControls(isEverythingPaused: paused != nil, queues: queues)
  }

  /// Pauses or resumes queues, and creates missing rows.
  public func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try change { () throws(StoreError) in
      switch selection {
      case .everything where isPaused:
        try connection.run("INSERT INTO meta VALUES ('paused', '1') ON CONFLICT DO NOTHING")
      case .everything: try connection.run("DELETE FROM meta WHERE key = 'paused'")
      case .named(let names):
        for name in names {
          try connection.run(
            """
            INSERT INTO queues (name, paused) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET paused = ?2
            """,
            name, isPaused ? 1 : 0)
        }
      }
    }
  }

  /// Sets a queue's limit, and creates a missing row.
  public func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try change { () throws(StoreError) in
      _ = try connection.run(
        """
        INSERT INTO queues (name, running_limit) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET running_limit = ?2
        """,
        queue, limit)
    }
  }

  /// Forgets empty queues. Takes no write lock if none is empty.
  public func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool {
    guard try !emptyQueues(atMost: 1).isEmpty else { return false }
    return try change(syncing: false) { () throws(StoreError) in
      let names = try emptyQueues(atMost: limit)
      for name in names {
        try connection.run("DELETE FROM queues WHERE name = ?", name)
        try connection.run("DELETE FROM counts WHERE queue = ?", name)
      }
      return names.count == limit
    }
  }

  /// Returns queues without jobs or settings. `counts` omits processing jobs.
  private func emptyQueues(atMost limit: Int) throws(StoreError) -> [String] {
    try connection.all(
      """
      SELECT name FROM queues q WHERE paused = 0 AND running_limit IS NULL
        AND NOT EXISTS (SELECT 1 FROM counts WHERE queue = q.name AND jobs > 0)
        AND name NOT IN (SELECT queue FROM jobs INDEXED BY jobs_by_state WHERE state = 'processing')
      LIMIT ?
      """,
      limit
    ) { row in row.text(0) }
  }

  /// Whether a job in `queues` is ready, timed, processing, or failed and not last refused by
  /// `worker`. A blocked job there counts if any queue has such a job, which may be its
  /// prerequisite.
  public func mayStillRun(
    in queues: [String], for worker: WorkerID
  ) throws(StoreError) -> Bool {
    let names = StringListText.encode(queues)
    if try hasMovingJob(queues: names, for: worker) { return true }
    guard try hasBlockedJob(queues: names) else { return false }
    return try hasMovingJob(queues: nil, for: worker)
  }

  private func hasMovingJob(queues: String?, for worker: WorkerID) throws(StoreError) -> Bool {
    try connection.first(
      """
      SELECT 1 FROM queues q
      WHERE (?1 IS NULL OR q.name IN (SELECT value FROM json_each(?1))) AND (
        EXISTS (SELECT 1 FROM jobs j INDEXED BY jobs_backoff
          WHERE j.ready = 0 AND j.state = 'failed' AND j.queue = q.name
            AND NOT EXISTS (SELECT 1 FROM runs WHERE id = j.run AND worker = ?2
              AND outcome = 'snoozed' AND exit_code = 126 AND cpu_ms IS NULL))
        OR EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_by_state
          WHERE state = 'processing' AND queue = q.name)
        OR EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND queue = q.name)
        OR EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_scheduled
          WHERE queue = q.name AND ready = 0 AND state = 'pending' AND waits_for = 0))
      LIMIT 1
      """,
      queues, worker
    ) { row in row.int(0) } != nil
  }

  private func hasBlockedJob(queues: String?) throws(StoreError) -> Bool {
    try connection.first(
      """
      SELECT 1 FROM queues q
      WHERE (?1 IS NULL OR q.name IN (SELECT value FROM json_each(?1))) AND EXISTS (
        SELECT 1 FROM jobs INDEXED BY jobs_blocked
        WHERE queue = q.name AND waits_for > 0 AND state = 'pending')
      LIMIT 1
      """,
      queues
    ) { row in row.int(0) } != nil
  }
}
