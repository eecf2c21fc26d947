public import QueueCore

extension SQLiteJobStore {
  /// Stores all jobs in one transaction. An error of the caller rolls it back.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    try changeRethrowing(seen: onEnqueue) {
      var stored = InsertTally()
      var jobs: [NewJob] = []
      repeat {
        jobs.removeAll(keepingCapacity: true)
        while jobs.count < RowInsertion.many, let job = try next() { jobs.append(job) }
        for (job, added) in zip(jobs, try insert(jobs, settings: settings, at: now)) {
          if let sequence = added.sequence, case .added(let id) = added.result {
            stored.add(job, as: id, .pending, sequence: sequence)
          }
          if case .keyTaken(_, let holder) = added.result { stored.add(holder, insteadOf: job) }
          try each(added.result)
        }
      } while jobs.count == RowInsertion.many
      let refused = try stored.settle(in: self, at: now)
      for refusal in refused { try each(.refused(refusal.job, reason: refusal.reason)) }
      for (queue, jobs) in stored.countsByQueue(without: refused) {
        try count(.enqueued, times: jobs, in: queue, at: now)
      }
      try confirm()
    }
  }

  /// What became of a job, and its row if it was stored.
  package typealias Insertion = (result: EnqueueResult, sequence: Int64?)

  /// Stores jobs in order: a full batch with one statement if nothing conflicts, else one by one.
  private func insert(
    _ jobs: [NewJob], settings: Settings, at now: Moment
  ) throws(StoreError) -> [Insertion] {
    if jobs.count == RowInsertion.many,
      let stored = try insertTogether(jobs, settings: settings, at: now)
    {
      return stored
    }
    return try jobs.map { job throws(StoreError) in
      try insert(job, settings: settings, at: now)
    }
  }

  /// Returns nil, with nothing changed, if any id or key is taken.
  private func insertTogether(
    _ jobs: [NewJob], settings: Settings, at now: Moment
  ) throws(StoreError) -> [Insertion]? {
    let named = jobs.map { job in (job: job, id: job.id ?? ids.next(at: now.wall)) }
    try connection.run("SAVEPOINT together")
    let first = try insertRows(named, settings: settings, at: now)
    if first == nil { try connection.run("ROLLBACK TO together") }
    try connection.run("RELEASE together")
    guard let first else { return nil }
    return named.enumerated().map { index, job in (.added(job.id), first + Int64(index)) }
  }

  /// Stores one job.
  package func insert(
    _ job: NewJob, settings: Settings, at now: Moment
  ) throws(StoreError) -> Insertion {
    while true {
      let id = job.id ?? ids.next(at: now.wall)
      if let sequence = try insertRows([(job, id)], settings: settings, at: now) {
        return (.added(id), sequence)
      }
      if let key = job.uniqueKey, let holder = try unfinishedJob(withKey: key) {
        return (.keyTaken(key, by: holder), nil)
      }
      guard job.id != nil else { continue }
      if job.replacesEnded, try freeID(ofEnded: id, at: now) { continue }
      return (.exists(id), nil)
    }
  }

  /// Renames an ended job; its dependants keep waiting for it. Returns false if none has this id.
  private func freeID(ofEnded id: JobID, at now: Moment) throws(StoreError) -> Bool {
    try connection.run(
      """
      UPDATE jobs SET id = ?2
      WHERE id = ?1 AND (state = 'completed' OR state = 'dead' OR state = 'cancelled')
      """,
      id, ids.next(after: id, at: now.wall)) == 1
  }

  /// Stores jobs in consecutive rows and returns the first's number; nil unless all were stored.
  private func insertRows(
    _ jobs: [(job: NewJob, id: JobID)], settings: Settings, at now: Moment
  ) throws(StoreError) -> Int64? {
    let added = try connection.run(RowInsertion(table: .jobs, rows: jobs.count)) {
      statement, row, next in
      let (job, id) = jobs[row]
      let spec = job.spec
      let isDue = spec.runAt.map { $0 <= now.wall } ?? true
      statement.bind(
        at: &next, id, spec.queue, spec.priority, isDue && job.prerequisites.isEmpty ? 1 : 0,
        spec.runAt, spec.maxRetries ?? settings.maxRetries, now.wall, now.wall, spec.uniqueKey)
    }
    guard added == jobs.count else { return nil }
    // SQLite numbers the rows of one statement consecutively.
    let first = connection.lastInsertedRow - Int64(jobs.count) + 1
    try insertDetails(of: jobs.map(\.job), from: first) { $0.spec.timeout ?? settings.timeout }
    return first
  }

  /// Stores the details of jobs whose row numbers start at `sequence`.
  func insertDetails(
    of jobs: [NewJob], from sequence: Int64, timeout: (NewJob) -> Duration?
  ) throws(StoreError) {
    try connection.run(RowInsertion(table: .details, rows: jobs.count)) { statement, row, next in
      statement.bind(at: &next, sequence + Int64(row))
      JobDetails.bind(jobs[row].spec, timeout: timeout(jobs[row]), to: statement, at: &next)
    }
    for (row, job) in jobs.enumerated() { try insertTags(job.tags, ofRow: sequence + Int64(row)) }
  }

  /// Returns the unfinished job with this key; nil for none.
  public func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    try connection.first(
      """
      SELECT id FROM jobs INDEXED BY jobs_unique
      WHERE unique_key = ?
        AND (state = 'pending' OR state = 'processing' OR state = 'failed')
      """,
      key
    ) { row in JobID(trusted: row.text(0)) }
  }
}
