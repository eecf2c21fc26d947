public import QueueCore

extension PostgresJobStore {
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
        while jobs.count < Self.mostTogether, let job = try next() { jobs.append(job) }
        for (job, added) in zip(jobs, try insert(jobs, settings: settings, at: now)) {
          if let sequence = added.sequence, case .added(let id) = added.result {
            stored.add(job, as: id, .pending, sequence: sequence)
          }
          if case .keyTaken(_, let holder) = added.result { stored.add(holder, insteadOf: job) }
          try each(added.result)
        }
      } while jobs.count == Self.mostTogether
      let refused = try settle(stored, at: now)
      for refusal in refused { try each(.refused(refusal.job, reason: refusal.reason)) }
      try countEnqueued(stored, without: refused, at: now)
      try confirm()
    }
  }

  /// Jobs that one statement stores.
  private static let mostTogether = 64

  /// What became of a job, and its row if it was stored.
  package typealias Insertion = (result: EnqueueResult, sequence: Int64?)

  /// Stores jobs in order: with one statement if nothing conflicts, else one by one.
  private func insert(
    _ jobs: [NewJob], settings: Settings, at now: Moment
  ) throws(StoreError) -> [Insertion] {
    if jobs.count > 1 {
      let named = jobs.map { job in (job: job, id: job.id ?? ids.next(at: now.wall)) }
      let rows = try insertRows(named, settings: settings, at: now)
      // Jobs with keys are stored together or not at all.
      let isDone = named.indices.allSatisfy { index in
        rows[index] != nil || named[index].job.isLeftIfTaken
      }
      if isDone {
        return named.indices.map { index in
          (rows[index] == nil ? .exists(named[index].id) : .added(named[index].id), rows[index])
        }
      }
      try undo(rows.values)
    }
    return try jobs.map { job throws(StoreError) in
      try insert(job, settings: settings, at: now)
    }
  }

  /// Stores one job.
  package func insert(
    _ job: NewJob, settings: Settings, at now: Moment
  ) throws(StoreError) -> Insertion {
    while true {
      let id = job.id ?? ids.next(at: now.wall)
      if let sequence = try insertRows([(job, id)], settings: settings, at: now)[0] {
        return (.added(id), sequence)
      }
      if let key = job.uniqueKey, let holder = try unfinishedJob(withKey: key) {
        return (.keyTaken(key, by: holder), nil)
      }
      guard job.id != nil, try isTaken(id) else { continue }
      if job.replacesEnded, try freeID(ofEnded: id, at: now) { continue }
      return (.exists(id), nil)
    }
  }

  private func isTaken(_ id: JobID) throws(StoreError) -> Bool {
    try connection.first("SELECT 1 FROM @.jobs WHERE id = $1", id, read: { $0.int(0) }) != nil
  }

  /// Renames an ended job; its dependants keep waiting for it. Returns false if none has this id.
  private func freeID(ofEnded id: JobID, at now: Moment) throws(StoreError) -> Bool {
    try connection.run(
      """
      UPDATE @.jobs SET id = $2
      WHERE id = $1 AND EXISTS (SELECT 1 FROM @.ended e WHERE e.seq = jobs.seq)
      """,
      id, ids.next(after: id, at: now.wall)) == 1
  }

  /// Stores jobs and returns their rows by their places; those that are missing weren't stored. Of
  /// several with keys, all or none are.
  private func insertRows(
    _ jobs: [(job: NewJob, id: JobID)], settings: Settings, at now: Moment
  ) throws(StoreError) -> [Int: Int64] {
    let queues = try lockedQueues(jobs.map(\.job.queue))
    // A statement that stores a job and finds its key taken has to be undone.
    let hasKeys = jobs.contains { $0.job.uniqueKey != nil }
    if hasKeys { try connection.run("SAVEPOINT jobs") }
    var rows = Dictionary(
      uniqueKeysWithValues: try connection.all(
        composed: Schema.addJobs,
        Self.parameters(of: jobs, in: queues, settings: settings, at: now)
      ) { row in (row.int(0) - 1, row.int64(1)) })
    if hasKeys {
      if rows.count < jobs.count {
        try connection.run("ROLLBACK TO SAVEPOINT jobs")
        rows = [:]
      }
      try connection.run("RELEASE SAVEPOINT jobs")
    }
    return rows
  }

  /// Removes jobs without keys that were just stored and aren't counted yet.
  private func undo(_ rows: some Collection<Int64>) throws(StoreError) {
    guard !rows.isEmpty else { return }
    try connection.run(
      """
      WITH work AS (DELETE FROM @.work WHERE seq = ANY ($1))
      DELETE FROM @.jobs WHERE seq = ANY ($1)
      """,
      PostgresArray(rows))
  }

  /// Returns the numbers of queues, which are locked once in a transaction.
  private func lockedQueues(_ names: [String]) throws(StoreError) -> [String: Int64] {
    let missing = Set(names).subtracting(transactionQueues.keys)
    if !missing.isEmpty { transactionQueues.merge(try numbers(of: missing)) { $1 } }
    return transactionQueues
  }

  private static func parameters(
    of jobs: [(job: NewJob, id: JobID)], in queues: [String: Int64], settings: Settings,
    at now: Moment
  ) -> Parameters {
    func array<Value: PostgresValue>(
      _ value: (JobSpec, NewJob) -> Value
    ) -> PostgresArray<Value> {
      PostgresArray(jobs.map { value($0.job.spec, $0.job) })
    }
    var parameters = Parameters(
      PostgresArray(jobs.map(\.id)), array { spec, _ in spec.command },
      array { spec, _ in queues[spec.queue] ?? 0 }, array { spec, _ in spec.priority },
      array { spec, _ in spec.runAt }, array { spec, _ in spec.maxRetries ?? settings.maxRetries },
      array { spec, _ in spec.uniqueKey }, array { _, job in !job.prerequisites.isEmpty },
      array { spec, _ in spec.directory },
      array { spec, _ in EnvironmentText.encode(spec) })
    parameters.add(array { spec, _ in spec.timeout ?? settings.timeout })
    parameters.add(array { spec, _ in spec.retryRules.backoffBase })
    parameters.add(array { spec, _ in spec.retryRules.backoffMax })
    parameters.add(array { spec, _ in spec.retryRules.backoffJitter })
    parameters.add(array { spec, _ in spec.retryRules.retryOn?.description })
    parameters.add(array { spec, _ in spec.retryRules.noRetryOn?.description })
    parameters.add(array { spec, _ in spec.retryRules.snoozeOn?.description })
    parameters.add(array { spec, _ in spec.retryRules.successOn?.description })
    parameters.add(array { spec, _ in PostgresArray.literal(spec.tags) })
    parameters.add(now.wall)
    parameters.add(array { spec, _ in spec.limits.stored })
    return parameters
  }

  /// Returns the unfinished job with this key; nil for none.
  public func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    try connection.first(
      "SELECT d.id FROM @.unique_keys k JOIN @.jobs d ON d.seq = k.job WHERE k.key = $1", key
    ) { row in JobID(trusted: row.text(0)) }
  }
}

extension NewJob {
  /// Whether a taken id means that the job isn't stored.
  fileprivate var isLeftIfTaken: Bool { id != nil && !replacesEnded && spec.uniqueKey == nil }
}
