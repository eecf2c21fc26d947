public import QueueCore

extension SQLiteJobStore {
  /// One row a queue and state, kept by triggers, but for the jobs that are processing: these are
  /// counted.
  public func summary() throws(StoreError) -> QueueSummary {
    let rows = try connection.all(
      """
      SELECT queue, state, jobs FROM counts WHERE jobs > 0
      UNION ALL
      SELECT queue, state, count(*) FROM jobs INDEXED BY jobs_by_state
      WHERE state = 'processing' GROUP BY queue
      """
    ) { row in
      (row.text(0), row.text(1), row.int(2))
    }
    var counts: [String: [JobState: Int]] = [:]
    for (queue, word, jobs) in rows {
      if let state = JobState(rawValue: word) { counts[queue, default: [:]][state] = jobs }
    }
    return QueueSummary(counts: counts)
  }

  /// One look along an index for each state asked for, from the cursor on; other orders than those
  /// of the indexes are made of few jobs only.
  public func jobs(
    _ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage {
    if !query.order.isKept(for: query.states) {
      try query.order.check(query, against: try summary())
    }
    let queueTime = try queueTime(at: now)
    // One more than wanted tells whether there are more. Each state is read by itself, along its
    // index.
    var rows: [(place: JobPage.Cursor, job: Job)] = []
    let states: [JobState?] = query.states.isEmpty ? [nil] : Array(Set(query.states))
    for state in states {
      let statement = JobListStatement(query, state: state, after: cursor, at: now)
      rows += try connection.all(
        composed: "\(Self.jobColumns) \(statement.text)",
        statement.values(limit: limit == .max ? limit : limit + 1)
      ) { row throws(StoreError) in
        let job = try job(row, at: now, queueTime: queueTime)
        let place = JobPage.Cursor(
          value: query.order.value(of: job, at: now), sequence: row.int64(0))
        return (place, job)
      }
    }
    if states.count > 1 { rows.sort { query.order.places($0.place, before: $1.place) } }
    let shown = rows.prefix(limit)
    return JobPage(
      jobs: shown.map(\.job), next: rows.count > limit ? shown.last?.place : nil)
  }

  /// By the unique index on ids; the beginning of a made id by a range of it.
  public func job(_ reference: String, at now: Moment) throws(StoreError) -> Job {
    let sequence = try sequence(of: reference)
    let queueTime = try queueTime(at: now)
    let found = try connection.all(
      composed: "\(Self.jobColumns) WHERE j.seq = ?", [sequence]
    ) { row throws(StoreError) in try job(row, at: now, queueTime: queueTime) }
    guard var job = found.first else { throw try unknownJob(reference) }
    if job.morePrerequisites > 0 {
      let known = Set(job.waitsFor.map(\.job))
      let stuck = try stuckPrerequisites(of: sequence).filter { !known.contains($0.job) }
      job.waitsFor += stuck
      job.morePrerequisites -= stuck.count
    }
    return job
  }

  /// Some of the prerequisites that can't be met any more: they are named first, so they are read
  /// even of a job with so many that the rest is only counted.
  private func stuckPrerequisites(of job: Int64) throws(StoreError) -> [UnmetPrerequisite] {
    let texts = try connection.all(
      """
      SELECT json_group_array(json_array(id, state, any_end)) FROM (
        SELECT n.id, n.state, p.any_end FROM prerequisites p JOIN jobs n ON n.seq = p.needs
        WHERE p.job = ? AND (n.state = 'dead' OR n.state = 'cancelled') LIMIT 10)
      """,
      job
    ) { row in row.optionalText(0) }
    return try PrerequisiteText.decode(texts.first ?? nil)
  }

  /// By its number alone, however many runs the job has had.
  public func run(_ run: RunID, of reference: String) throws(StoreError) -> Attempt? {
    let sequence = try sequence(of: reference)
    return try connection.first(
      """
      SELECT id, attempt, worker, started_at, finished_at, outcome, exit_code, signal, error,
        elapsed_ms, waited_ms, cpu_ms, peak_bytes
      FROM runs WHERE id = ? AND job = ?
      """,
      run, sequence
    ) { row in attempt(row, from: 0) }
  }

  /// Along their chain.
  public func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Attempt] {
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

  /// A run and those before it, newest first.
  func runs(from latest: Int64?, limit: Int) throws(StoreError) -> [Attempt] {
    var runs: [Attempt] = []
    var next = latest
    while let run = next, runs.count < limit {
      let found = try connection.first(
        """
        SELECT id, attempt, worker, started_at, finished_at, outcome, exit_code, signal, error,
          elapsed_ms, waited_ms, cpu_ms, peak_bytes, previous
        FROM runs WHERE id = ?
        """,
        run
      ) { row in (attempt: attempt(row, from: 0), previous: row.optionalInt64(13)) }
      guard let found else { break }
      runs.append(found.attempt)
      next = found.previous
    }
    return runs
  }

  /// Reads a run whose columns begin at `first`, in the order of ``runs(from:limit:)``.
  private func attempt(_ row: Statement, from first: Int32) -> Attempt {
    var attempt = Attempt(
      run: RunID(row.int64(first)), number: row.int(first + 1),
      worker: WorkerID(row.int64(first + 2)), startedAt: row.timestamp(first + 3))
    attempt.finishedAt = row.optionalInt64(first + 4).map(Timestamp.init(bounded:))
    attempt.end = RunEnd(row, from: first + 5)
    attempt.error = row.optionalText(first + 8)
    attempt.elapsed = row.optionalInt64(first + 9).map { .milliseconds($0) }
    attempt.waited = row.optionalInt64(first + 10).map { .milliseconds($0) }
    attempt.cpuTime = row.optionalInt64(first + 11).map { .milliseconds($0) }
    attempt.peakMemoryBytes = row.optionalInt64(first + 12).map(Int.init)
    return attempt
  }

  /// The row of the job that `reference` names: its id, or the beginning of exactly one made id.
  func sequence(of reference: String) throws(StoreError) -> Int64 {
    let exact = try connection.first("SELECT seq FROM jobs WHERE id = ?", reference) { row in
      row.int64(0)
    }
    if let exact { return exact }
    guard reference.utf8.count >= Self.shortestPrefix else { throw try unknownJob(reference) }
    // Every made id consists of letters and digits, which all come before "~".
    let candidates = try connection.all(
      "SELECT seq, id FROM jobs WHERE id >= ?1 AND id < ?1 || '~' AND length(id) = 11 LIMIT 50",
      reference
    ) { row in (sequence: row.int64(0), id: row.text(1)) }
    let made = candidates.filter { JobIDSource.couldHaveMade($0.id) }
    guard let first = made.first else { throw try unknownJob(reference) }
    guard made.count == 1 else {
      let some = made.prefix(3).map(\.id).joined(separator: ", ")
      throw StoreError(
        .notFound,
        "\(SafeText.quoted(reference)) is the beginning of several jobs: \(some)"
          + (made.count > 3 ? ", …" : ""))
    }
    return first.sequence
  }

  /// Fewer characters than these are never taken for the beginning of a made id.
  private static let shortestPrefix = 3

  /// Looks for a near id among those beside it in the index, where a slip at the end leads, and
  /// among the newest jobs.
  private func unknownJob(_ reference: String) throws(StoreError) -> StoreError {
    let beside = try connection.all(
      """
      SELECT id FROM (SELECT id FROM jobs WHERE id >= ?1 ORDER BY id LIMIT 20)
      UNION SELECT id FROM (SELECT id FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT 20)
      """,
      reference
    ) { row in row.text(0) }
    let newest = try connection.all(
      "SELECT id FROM jobs WHERE seq > (SELECT max(seq) FROM jobs) - 300"
    ) { row in row.text(0) }
    return .noJob(reference, near: beside + newest)
  }

  /// The columns that ``job(_:at:queueTime:)`` reads; of many prerequisites the first ones.
  static let jobColumns = columns("LIMIT \(Job.mostPrerequisites)")
  /// The same with all prerequisites.
  static let wholeJobColumns = columns("")

  /// A cancelled job's removed prerequisites, negated, count among those unmet: they are taken off.
  private static func columns(_ limit: String) -> String {
    """
    SELECT j.seq, j.id, j.state, j.queue, j.priority, j.run_at, j.attempts, j.max_retries,
      j.created_at, j.updated_at, j.unique_key,
      CASE WHEN j.waits_for > 0 THEN (
        SELECT json_group_array(json_array(id, state, any_end)) FROM (
          SELECT n.id, n.state, p.any_end
          FROM prerequisites p JOIN jobs n ON n.seq = p.needs WHERE p.job = j.seq \(limit))) END,
      r.id, r.attempt, r.worker, r.started_at, r.finished_at, r.outcome, r.exit_code, r.signal,
      r.error, r.elapsed_ms, r.waited_ms, r.cpu_ms, r.peak_bytes, p.percent, p.message, j.crashes,
      CASE WHEN j.state = 'cancelled' AND j.waits_for > 0 THEN j.waits_for - (
        SELECT count(*) FROM prerequisites WHERE job = j.seq AND needs < 0) ELSE j.waits_for END,
      \(JobDetails.selected)
    FROM jobs j JOIN job_details d ON d.seq = j.seq LEFT JOIN runs r ON r.id = j.run
    LEFT JOIN progress p ON p.job = j.seq
    """
  }

  func job(
    _ row: Statement, at now: Moment, queueTime: Int64
  ) throws(StoreError) -> Job {
    guard let state = JobState(rawValue: row.text(2)) else {
      throw StoreError(.corrupt, "\(connection.path) is damaged: a job is \(row.text(2))")
    }
    var spec = try JobDetails.read(row, from: 29)
    spec.queue = row.text(3)
    spec.priority = Int(row.int64(4))
    spec.maxRetries = row.int(7)
    spec.uniqueKey = row.optionalText(10)
    if let runAt = row.optionalInt64(5) {
      // A failed job's time is stored in queue time; people read the wall's.
      let ahead = state == .failed ? QueueClock.wallAhead(of: queueTime, at: now) : 0
      spec.runAt = Timestamp(bounded: runAt + ahead)
    }
    var job = Job(
      id: JobID(trusted: row.text(1)), spec: spec, state: state, attempts: row.int(6),
      createdAt: row.timestamp(8), updatedAt: row.timestamp(9))
    job.waitsFor = try PrerequisiteText.decode(row.optionalText(11))
    let unmet = min(row.int(28), Int(Int32.max))
    if unmet > job.waitsFor.count { job.morePrerequisites = unmet - job.waitsFor.count }
    if !row.isNull(12) { job.latestRun = attempt(row, from: 12) }
    job.progress = row.optionalDouble(25).map {
      JobProgress(trustedPercent: $0, message: row.optionalText(26))
    }
    return job
  }
}

extension RunEnd {
  /// Reads the columns `outcome`, `exit_code`, `signal` and `error` of a run; nil while it runs.
  init?(_ row: Statement, from column: Int32) {
    guard let word = row.optionalText(column) else { return nil }
    self.init(
      word: word, exitCode: row.optionalInt64(column + 1).map(Int.init),
      signal: row.optionalInt64(column + 2).map(Int.init), error: row.optionalText(column + 3))
  }
}

/// What a job waits for, as the text of a JSON array of arrays: id, state, and whether any end will
/// do.
private enum PrerequisiteText {
  static func decode(_ text: String?) throws(StoreError) -> [UnmetPrerequisite] {
    guard let text else { return [] }
    do {
      var result: [UnmetPrerequisite] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readArray { reader throws in
        var parts: [String] = []
        try reader.readArray { reader throws in
          parts.append(
            try reader.peek() == .string ? reader.readString() : reader.readNumber().text)
        }
        guard parts.count == 3, let state = JobState(rawValue: parts[1]) else { return }
        result.append(
          UnmetPrerequisite(
            job: JobID(trusted: parts[0]), state: state,
            accepts: parts[2] == "1" ? .anyEnd : .success))
      }
      return result
    } catch {
      throw StoreError(.corrupt, "what a job waits for is damaged: \(error)")
    }
  }
}
