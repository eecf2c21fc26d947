public import QueueCore

extension SQLiteJobStore {
  /// One transaction for all, however many there are. The caller's error rolls it back.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void
  ) throws {
    try changeRethrowing {
      while let job = try next() {
        try each(try insert(job, settings: settings, at: now))
      }
    }
  }

  private func insert(
    _ job: NewJob, settings: Settings, at now: Moment
  ) throws(StoreError) -> EnqueueResult {
    if let id = job.id {
      guard try insertRow(job, id, settings: settings, at: now) else { return .exists(id) }
      return .added(id)
    }
    while true {
      let id = ids.next(at: now.wall)
      if try insertRow(job, id, settings: settings, at: now) { return .added(id) }
    }
  }

  /// Stores one job. False, and nothing changed, when the id is taken.
  private func insertRow(
    _ job: NewJob, _ id: JobID, settings: Settings, at now: Moment
  ) throws(StoreError) -> Bool {
    let isReady = job.runAt.map { $0 <= now.wall } ?? true
    let added = try connection.run(
      """
      INSERT INTO jobs
        (id, state, queue, priority, ready, run_at, max_retries, created_at, updated_at)
      VALUES (?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7, ?7)
      ON CONFLICT (id) DO NOTHING
      """,
      id, job.queue, job.priority, isReady ? 1 : 0, job.runAt,
      job.maxRetries ?? settings.maxRetries, now.wall)
    guard added == 1 else { return false }
    try connection.run(
      """
      INSERT INTO job_details (seq, command, cwd, env, timeout_ms, backoff_base)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      connection.lastInsertedRow, job.command, job.directory,
      EnvironmentText.encode(job.environment), job.timeout ?? settings.timeout, job.backoffBase)
    return true
  }
}

/// A job's variables, as the text of a JSON object.
enum EnvironmentText {
  /// Nil for none.
  static func encode(_ variables: [EnvironmentVariable]) -> String? {
    guard !variables.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.object { json in
      for variable in variables {
        json.key(text: variable.name)
        json.value(variable.value)
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// - Throws: `corrupt` for what ``encode(_:)`` can't have written.
  static func decode(_ text: String?) throws(StoreError) -> [EnvironmentVariable] {
    guard let text else { return [] }
    do {
      var variables: [EnvironmentVariable] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readObject { (name, reader) throws in
        variables.append(try EnvironmentVariable(name: name, value: try reader.readString()))
      }
      return variables
    } catch {
      throw StoreError(.corrupt, "the stored environment of a job is damaged: \(error)")
    }
  }
}
