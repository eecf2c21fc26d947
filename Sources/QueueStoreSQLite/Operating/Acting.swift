public import QueueCore

extension SQLiteJobStore {
  /// Finds all of them, and sees that each may, before it changes any.
  public func retry(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    try change { () throws(StoreError) in
      let found = try jobs(named: references, at: now)
      var keys = KeysPutBack()
      var ended: [Int64] = []
      for job in found {
        guard job.state.canBeRetried else { throw Self.notToBeRetried(job) }
        if job.state == .failed {
          try endBackoff(of: job.id, at: now)
          continue
        }
        let sequence = try sequence(of: job.id.text)
        if let refusal = try canStartAnew(sequence, &keys).refusal { throw refusal }
        if try needsRemovedJob(sequence) { throw Self.needsRemovedJob(job) }
        ended.append(sequence)
      }
      for sequence in ended { try startAnew(sequence, at: now) }
      return found
    }
  }

  private static func notToBeRetried(_ job: Job) -> StoreError {
    StoreError(
      .wrongState,
      "job \(SafeText.quoted(job.id.text)) is \(job.state): only failed, dead and cancelled jobs "
        + "can be retried"
    )
  }

  /// Whether a job that was cancelled while it waited needs the success of one that has been
  /// removed.
  private func needsRemovedJob(_ sequence: Int64) throws(StoreError) -> Bool {
    try connection.first(
      "SELECT 1 FROM prerequisites WHERE job = ? AND needs < 0 LIMIT 1", sequence
    ) { row in row.int(0) } != nil
  }

  private static func needsRemovedJob(_ job: Job) -> StoreError {
    StoreError(
      .wrongState,
      "job \(SafeText.quoted(job.id.text)) needs the success of a job that was removed: enqueue "
        + "it anew"
    )
  }

  /// Has a failed job be due now; whoever claims next makes it ready. Nothing is changed when it
  /// isn't waiting for its backoff.
  private func endBackoff(of id: JobID, at now: Moment) throws(StoreError) {
    try connection.run(
      "UPDATE jobs SET run_at = min(run_at, ?2) WHERE id = ?1 AND state = 'failed' AND ready = 0",
      id, try fixedQueueTime(at: now))
  }

  /// Finds all of them before it changes any.
  public func cancel(
    _ references: [String], onlyWaiting: Bool, at now: Moment
  ) throws(StoreError) -> [Job] {
    try change { () throws(StoreError) in
      let found = try jobs(named: references, at: now)
      if onlyWaiting, let running = found.first(where: { $0.state == .processing }) {
        throw StoreError(
          .wrongState, "job \(SafeText.quoted(running.id.text)) has been started meanwhile")
      }
      for job in found { try cancelUnfinished(job.id, at: now) }
      return found
    }
  }

  /// Cancels a waiting job at once, and has the worker of a running one end it. Nothing is changed
  /// when it has ended.
  func cancelUnfinished(_ id: JobID, at now: Moment) throws(StoreError) {
    if try !cancelWaiting(id, at: now) { try markRunning(id) }
  }

  /// The jobs of these names, each once.
  private func jobs(named references: [String], at now: Moment) throws(StoreError) -> [Job] {
    var seen: Set<JobID> = []
    var found: [Job] = []
    for reference in references {
      let job = try job(reference, at: now)
      if seen.insert(job.id).inserted { found.append(job) }
    }
    return found
  }

  /// Ends a job that isn't being run. False, and nothing changed, when it isn't waiting.
  private func cancelWaiting(_ id: JobID, at now: Moment) throws(StoreError) -> Bool {
    try connection.run(
      """
      UPDATE jobs SET state = 'cancelled', ready = 0, updated_at = ?2,
        run_at = CASE state WHEN 'failed' THEN NULL ELSE run_at END
      WHERE id = ?1 AND state IN ('pending', 'failed')
      """,
      id, now.wall) == 1
  }

  /// Has the worker of a job end it. Nothing is changed when it isn't being run.
  private func markRunning(_ id: JobID) throws(StoreError) {
    try connection.run("UPDATE jobs SET cancel = 1 WHERE id = ? AND state = 'processing'", id)
  }
}
