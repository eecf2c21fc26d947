public import QueueCore

extension SQLiteJobStore {
  /// Returns a job's run by its number; nil if it isn't the job's.
  public func run(_ run: RunID, of reference: String) throws(StoreError) -> Run? {
    let sequence = try sequence(of: reference)
    let found = try connection.first("SELECT id FROM runs WHERE id = ? AND job = ?", run, sequence)
    {
      row in row.int64(0)
    }
    return try runs(from: found, limit: 1).first
  }

  /// Returns a job's runs along their chain, newest first.
  public func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Run] {
    let sequence = try sequence(of: reference)
    let start =
      if let run {
        try connection.first("SELECT previous FROM runs WHERE id = ? AND job = ?", run, sequence) {
          row in row.optionalInt64(0)
        }
      } else {
        try connection.first("SELECT run FROM jobs WHERE seq = ?", sequence) { row in
          row.optionalInt64(0)
        }
      }
    return try runs(from: start ?? nil, limit: limit)
  }

  func runs(from latest: Int64?, limit: Int) throws(StoreError) -> [Run] {
    var runs: [Run] = []
    var next = latest
    while let run = next, runs.count < limit {
      let found = try connection.first(
        """
        SELECT id, attempt, worker, started_at, finished_at, outcome, exit_code, signal, error,
          elapsed_ms, waited_ms, cpu_ms, peak_bytes, frozen, previous
        FROM runs WHERE id = ?
        """,
        run
      ) { row in (run: self.run(row, from: 0), previous: row.optionalInt64(14)) }
      guard let found else { break }
      runs.append(found.run)
      next = found.previous
    }
    return runs
  }

  /// Reads a run whose columns begin at `first`, in the order of ``runs(from:limit:)``.
  func run(_ row: Statement, from first: Int32) -> Run {
    var run = Run(
      id: RunID(row.int64(first)), attempt: row.int(first + 1),
      worker: WorkerID(row.int64(first + 2)), startedAt: row.timestamp(first + 3))
    run.finishedAt = row.optionalInt64(first + 4).map(Timestamp.init(bounded:))
    run.end = RunEnd(row, from: first + 5)
    run.error = row.optionalText(first + 8)
    run.elapsed = row.optionalInt64(first + 9).map { .milliseconds($0) }
    run.waited = row.optionalInt64(first + 10).map { .milliseconds($0) }
    run.cpuTime = row.optionalInt64(first + 11).map { .milliseconds($0) }
    run.peakMemoryBytes = row.optionalInt64(first + 12).map(Int.init)
    if run.finishedAt == nil { run.freeze = FreezeState(stored: row.optionalInt64(first + 13)) }
    return run
  }
}

extension RunEnd {
  /// Reads `outcome`, `exit_code`, `signal` and `error`; nil while the run is active.
  init?(_ row: Statement, from column: Int32) {
    guard let word = row.optionalText(column) else { return nil }
    self.init(
      word: word, exitCode: row.optionalInt64(column + 1).map(Int.init),
      signal: row.optionalInt64(column + 2).map(Int.init), error: row.optionalText(column + 3))
  }
}
