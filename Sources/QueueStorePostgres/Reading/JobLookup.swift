public import QueueCore

extension PostgresJobStore {
  /// Finds a job by its id or by a prefix of a generated id, along the index on ids.
  public func job(_ reference: String, at now: Moment) throws(StoreError) -> Job {
    try reading { () throws(StoreError) in
      try job(ofRow: try sequence(of: reference), reference, at: now)
    }
  }

  private func job(
    ofRow sequence: Int64, _ reference: String, at now: Moment
  ) throws(StoreError) -> Job {
    let queueTime = try queueTime(at: now)
    let found = try connection.all(
      composed: "\(Self.jobColumns()) WHERE s.seq = $1", Parameters(sequence)
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

  /// Returns some prerequisites that can't be met any more; the job's own list may omit them.
  private func stuckPrerequisites(of job: Int64) throws(StoreError) -> [UnmetPrerequisite] {
    let stuck = Self.prerequisites(
      of: "$1", where: "n.state IN ('dead', 'cancelled')", "LIMIT 10")
    let texts = try connection.all(composed: "SELECT \(stuck)", Parameters(job)) { row in
      row.optionalText(0)
    }
    return try PrerequisiteText.decode(texts.first ?? nil)
  }

  /// Returns the row of the job with this id, or with the only generated id that has this prefix.
  func sequence(of reference: String) throws(StoreError) -> Int64 {
    let exact = try connection.first("SELECT seq FROM @.jobs WHERE id = $1", reference) { row in
      row.int64(0)
    }
    if let exact { return exact }
    guard reference.utf8.count >= Self.shortestPrefix else { throw try unknownJob(reference) }
    // Generated ids consist of letters and digits, which all sort before "~".
    let candidates = try connection.all(
      """
      SELECT seq, id FROM @.jobs WHERE id >= $1 AND id < $1 || '~' AND length(id) = 11
      ORDER BY id LIMIT 50
      """,
      reference
    ) { row in (sequence: row.int64(0), id: row.text(1)) }
    let made = candidates.filter { JobIDSource.couldHaveMade($0.id) }
    guard let first = made.first else { throw try unknownJob(reference) }
    guard made.count == 1 else {
      let some = made.prefix(3).map(\.id).joined(separator: ", ")
      throw StoreError(
        .notFound,
        "\(quoted: reference) matches several jobs: \(some)"
          + (made.count > 3 ? ", …" : ""))
    }
    return first.sequence
  }

  /// The shortest prefix of a generated id that is looked up, in characters.
  private static let shortestPrefix = 3

  /// Suggests similar ids: neighbours in the index, for a typo at the end, and the newest jobs.
  private func unknownJob(_ reference: String) throws(StoreError) -> StoreError {
    let schedule = try connection.first(
      "SELECT true FROM @.schedules WHERE name = $1", reference
    ) { row in row.bool(0) }
    if schedule != nil { return .noJob(reference, near: [], isSchedule: true) }
    let near = try connection.all(
      """
      (SELECT id FROM @.jobs WHERE id >= $1 ORDER BY id LIMIT 20)
      UNION (SELECT id FROM @.jobs WHERE id < $1 ORDER BY id DESC LIMIT 20)
      UNION (SELECT id FROM @.jobs ORDER BY seq DESC LIMIT 300)
      """,
      reference
    ) { row in row.text(0) }
    return .noJob(reference, near: near)
  }
}
