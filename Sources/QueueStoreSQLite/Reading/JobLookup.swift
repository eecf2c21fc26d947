public import QueueCore

extension SQLiteJobStore {
  /// Finds a job by its id or by a prefix of a generated id, along the index on ids.
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

  /// Returns some prerequisites that can't be met any more; the job's own list may omit them.
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

  /// Returns the row of the job with this id, or with the only generated id that has this prefix.
  func sequence(of reference: String) throws(StoreError) -> Int64 {
    let exact = try connection.first("SELECT seq FROM jobs WHERE id = ?", reference) { row in
      row.int64(0)
    }
    if let exact { return exact }
    guard reference.utf8.count >= Self.shortestPrefix else { throw try unknownJob(reference) }
    // Generated ids consist of letters and digits, which all sort before "~".
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
        "\(quoted: reference) matches several jobs: \(some)"
          + (made.count > 3 ? ", …" : ""))
    }
    return first.sequence
  }

  /// The shortest prefix of a generated id that is looked up, in characters.
  private static let shortestPrefix = 3

  /// Suggests similar ids: neighbours in the index, for a typo at the end, and the newest jobs.
  private func unknownJob(_ reference: String) throws(StoreError) -> StoreError {
    let schedule = try connection.first("SELECT 1 FROM schedules WHERE name = ?", reference) {
      row in row.int(0)
    }
    if schedule != nil { return .noJob(reference, near: [], isSchedule: true) }
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
}
