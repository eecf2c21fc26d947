public import QueueCore

extension PostgresJobStore {
  /// Returns a job's run by its number; nil if it isn't the job's.
  public func run(_ run: RunID, of reference: String) throws(StoreError) -> Run? {
    let sequence = try sequence(of: reference)
    let rows = try connection.all(
      composed: "SELECT \(Self.runColumns) FROM @.runs r WHERE r.id = $1 AND r.job = $2",
      Parameters(run, sequence)
    ) { row in self.run(row, from: 0) }
    return rows.first
  }

  /// Returns a job's runs along their chain, newest first.
  public func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Run] {
    let sequence = try sequence(of: reference)
    let start =
      if let run {
        try connection.first(
          "SELECT previous FROM @.runs WHERE id = $1 AND job = $2", run, sequence
        ) { row in row.optionalInt64(0) }
      } else {
        try connection.first("SELECT run FROM @.states WHERE seq = $1", sequence) { row in
          row.optionalInt64(0)
        }
      }
    return try runs(from: start ?? nil, limit: limit)
  }

  func runs(from latest: Int64?, limit: Int) throws(StoreError) -> [Run] {
    guard let latest, limit > 0 else { return [] }
    return try connection.all(
      composed: """
        WITH RECURSIVE chain AS (
          SELECT r.*, 1::bigint AS place FROM @.runs r WHERE r.id = $1
          UNION ALL
          SELECT r.*, c.place + 1 FROM chain c JOIN @.runs r ON r.id = c.previous
          WHERE c.place < $2)
        SELECT \(Self.runColumns) FROM chain r ORDER BY r.place
        """, Parameters(latest, limit)
    ) { row in run(row, from: 0) }
  }

  static let runColumns = """
    r.id, r.attempt, r.worker, r.started_at, r.finished_at, r.outcome, r.exit_code, r.signal,
      r.error, r.elapsed_ms, r.waited_ms, r.cpu_ms, r.peak_bytes, r.frozen
    """

  /// Reads a run whose columns begin at `first`, in the order of ``runColumns``.
  func run(_ row: Row, from first: Int32) -> Run {
    var run = Run(
      id: RunID(row.int64(first)), attempt: row.int(first + 1),
      worker: WorkerID(row.int64(first + 2)), startedAt: row.timestamp(first + 3))
    run.finishedAt = row.optionalTimestamp(first + 4)
    run.end = RunEnd(row, from: first + 5)
    run.error = row.optionalText(first + 8)
    run.elapsed = row.optionalDuration(first + 9)
    run.waited = row.optionalDuration(first + 10)
    run.cpuTime = row.optionalDuration(first + 11)
    run.peakMemoryBytes = row.optionalInt(first + 12)
    if run.finishedAt == nil { run.freeze = FreezeState(stored: row.optionalInt64(first + 13)) }
    return run
  }
}

extension RunEnd {
  /// Reads `outcome`, `exit_code`, `signal` and `error`; nil while the run is active.
  init?(_ row: Row, from column: Int32) {
    guard let word = row.optionalText(column) else { return nil }
    self.init(
      word: word, exitCode: row.optionalInt(column + 1), signal: row.optionalInt(column + 2),
      error: row.optionalText(column + 3))
  }
}
