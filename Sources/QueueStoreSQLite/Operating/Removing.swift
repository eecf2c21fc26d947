public import QueueCore

extension SQLiteJobStore {
  /// Looks at all of them before it removes any.
  public func discardDead(
    _ references: [String], dryRun: Bool
  ) throws(StoreError) -> RemovalStep {
    guard !dryRun else {
      return try connection.read { () throws(StoreError) in
        try discard(references, dryRun: true)
      }
    }
    return try change { () throws(StoreError) in try discard(references, dryRun: false) }
  }

  private func discard(
    _ references: [String], dryRun: Bool
  ) throws(StoreError) -> RemovalStep {
    var step = RemovalStep()
    var sequences: [Int64] = []
    for reference in references {
      let sequence = try deadJob(reference, isTo: "discarded")
      guard !sequences.contains(sequence) else { continue }
      if let waiting = try dependants(of: reference, atMost: 1).first {
        throw StoreError(
          .wrongState,
          "job \(SafeText.quoted(reference)) is needed: job \(SafeText.quoted(waiting.text)) "
            + "waits for it; "
            + "retry the one, or cancel the other")
      }
      sequences.append(sequence)
    }
    try remove(sequences, into: &step, dryRun: dryRun)
    return step
  }

  /// Nobody waits while there is nothing to remove: it is looked first, and only then the write
  /// begun.
  public func removeEnded(
    _ query: RemovalQuery, limit: Int, after cursor: RemovalStep.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> RemovalStep {
    let seen = try ended(query, limit: dryRun ? limit : 1, after: cursor, at: now)
    guard !dryRun, !seen.isEmpty else { return try step(over: seen, limit: limit, dryRun: true) }
    return try change { () throws(StoreError) in
      let ended = try ended(query, limit: limit, after: cursor, at: now)
      return try step(over: ended, limit: limit, dryRun: false)
    }
  }

  private func step(
    over ended: [Ended], limit: Int, dryRun: Bool
  ) throws(StoreError) -> RemovalStep {
    var step = RemovalStep()
    let free = ended.filter { !$0.isNeeded }
    step.neededCount = ended.count - free.count
    try remove(free.map(\.sequence), into: &step, dryRun: dryRun)
    if ended.count == limit { step.next = ended.last?.cursor }
    return step
  }

  /// The ids of the runs within `range` that are of a job.
  public func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    Set(
      try connection.all(
        "SELECT id FROM runs WHERE id BETWEEN ? AND ? AND job <> 0", range.lowerBound,
        range.upperBound
      ) { row in row.int64(0) })
  }

  /// A job that has ended.
  private struct Ended {
    let sequence: Int64
    let endedAt: Timestamp
    /// Whether others wait for it, or the command for it is yet to be run.
    let isNeeded: Bool

    var cursor: RemovalStep.Cursor {
      RemovalStep.Cursor(endedAt: endedAt, sequence: sequence)
    }
  }

  /// Jobs to be removed, those first that ended first.
  private func ended(
    _ query: RemovalQuery, limit: Int, after cursor: RemovalStep.Cursor?, at now: Moment
  ) throws(StoreError) -> [Ended] {
    let filter = JobFilter(query.jobs, state: query.state)
    // A wall clock that was set ahead by mistake mustn't make everything look old.
    let latest = try query.age.map { age throws(StoreError) in
      min(now.wall.milliseconds, try queueTime(at: now)) - age.milliseconds
    }
    return try connection.all(
      composed: Self.endedStatement(filter.condition),
      filter.values + [
        latest ?? .max, cursor?.endedAt.milliseconds ?? .min, cursor?.sequence ?? .min, limit,
      ]
    ) { row in
      Ended(
        sequence: row.int64(0), endedAt: row.timestamp(1),
        isNeeded: row.int(2) == 1 || (query.sparesUnnoticed && row.int(3) == 1))
    }
  }

  /// Jobs that have ended and meet a condition, along the index by their ends. It is partial: the
  /// states are repeated, so that SQLite sees that it may use it.
  static func endedStatement(_ condition: String) -> String {
    """
    SELECT j.seq, j.updated_at, EXISTS (
      SELECT 1 FROM prerequisites p JOIN jobs w ON w.seq = p.job
      WHERE p.needs = j.seq
        AND (w.state = 'pending' OR w.state = 'processing' OR w.state = 'failed')),
      EXISTS (SELECT 1 FROM notices WHERE job = j.seq)
    FROM jobs j INDEXED BY jobs_ended JOIN job_details d ON d.seq = j.seq
    LEFT JOIN runs r ON r.id = j.run
    WHERE \(condition)
      AND (j.state = 'completed' OR j.state = 'dead' OR j.state = 'cancelled')
      AND j.updated_at <= ? AND (j.updated_at, j.seq) > (?, ?)
    ORDER BY j.updated_at, j.seq LIMIT ?
    """
  }

  /// Removes jobs that have ended, and their runs; a trigger removes what else belongs to each.
  ///
  /// A cancelled job may still name one of them. Its row number may be given out again, so it is
  /// negated there: the cancelled job can't be put back, see ``retry(_:at:)``.
  private func remove(
    _ sequences: [Int64], into step: inout RemovalStep, dryRun: Bool
  ) throws(StoreError) {
    for sequence in sequences {
      let job = try connection.first("SELECT id, run FROM jobs WHERE seq = ?", sequence) { row in
        (id: JobID(trusted: row.text(0)), run: row.optionalInt64(1))
      }
      guard let job else { continue }
      step.jobs.append(job.id)
      step.runs += try runs(from: job.run)
      guard !dryRun else { continue }
      try connection.run(
        "UPDATE prerequisites SET needs = -needs WHERE needs = ?", sequence)
      try connection.run(
        "DELETE FROM jobs WHERE seq = ? AND state IN ('completed', 'dead', 'cancelled')", sequence)
    }
    if !dryRun { try removeRuns(step.runs) }
  }

  /// Removes the runs of a job whose row goes next, as no trigger does.
  func removeRuns(ofRow sequence: Int64) throws(StoreError) {
    let latest = try connection.first("SELECT run FROM jobs WHERE seq = ?", sequence) { row in
      row.optionalInt64(0)
    }
    let runs = try runs(from: latest ?? nil)
    if !runs.isEmpty { try removeRuns(runs) }
  }

  /// The runs of a job, from its latest one back.
  private func runs(from latest: Int64?) throws(StoreError) -> [RunID] {
    var runs: [RunID] = []
    var next = latest
    while let run = next {
      runs.append(RunID(run))
      let previous = try connection.first("SELECT previous FROM runs WHERE id = ?", run) { row in
        row.optionalInt64(0)
      }
      next = previous ?? nil
    }
    return runs
  }

  /// Removes the rows of runs, but for the newest run that there is: the next one's number comes
  /// after its, and none is ever given out twice. It is of no job from then on, and goes with a
  /// later removal.
  private func removeRuns(_ runs: [RunID]) throws(StoreError) {
    let newest = try connection.first("SELECT max(id) FROM runs") { row in row.int64(0) }
    let kept = try connection.first(
      "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'kept_run'"
    ) { row in RunID(row.int64(0)) }
    for run in runs + [kept].compactMap({ $0 }) where run.number != newest {
      try connection.run("DELETE FROM runs WHERE id = ?", run)
    }
    guard let last = runs.first(where: { $0.number == newest }) else { return }
    try connection.run("UPDATE runs SET job = 0, previous = NULL WHERE id = ?", last)
    try connection.run("INSERT OR REPLACE INTO meta VALUES ('kept_run', ?)", last)
  }
}
