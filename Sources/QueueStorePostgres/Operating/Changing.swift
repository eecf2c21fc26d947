public import QueueCore

extension PostgresJobStore {
  /// Cancels jobs. Finds and locks all of them before it changes any.
  public func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation {
    try change { () throws(StoreError) in
      let plan = try plan(selection, by: .created, locking: true, at: now) { _ in nil }
      var result = Cancellation()
      result.left = plan.step.left
      result.found = try jobs(at: plan.jobs.map(\.sequence), now)
      try cancelUnfinished(plan.jobs.map(\.sequence), at: now)
      return result
    }
  }

  /// Cancels waiting jobs, and marks running ones for their workers. Leaves ended ones.
  func cancelUnfinished(_ sequences: [Int64], at now: Moment) throws(StoreError) {
    try connection.run("SELECT @.cancel_1($1, $2)", PostgresArray(sequences), now.wall)
  }

  /// Selects, edits and retries jobs in one transaction.
  public func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    guard !dryRun else {
      return try reading { () throws(StoreError) in
        try retryPlan(selection, locking: false, at: now).step
      }
    }
    for _ in 1...Self.mostPlans {
      if let step = try retryPlanned(selection, with: edit, at: now) { return step }
    }
    throw StoreError(.busy, "other commands keep changing these jobs: try again")
  }

  private static let mostPlans = 5

  /// Returns nil, with nothing changed, if another command took a key, or removed a prerequisite,
  /// since it was looked for.
  private func retryPlanned(
    _ selection: JobSelection, with edit: JobEdit?, at now: Moment
  ) throws(StoreError) -> SelectionStep? {
    try change { () throws(StoreError) -> SelectionStep? in
      let queue = try queueNumber(of: edit)
      try connection.run("SAVEPOINT retry")
      let plan = try retryPlan(selection, locking: true, at: now)
      if let edit { try apply(edit, movingTo: queue, to: plan.jobs, at: now) }
      let refused = try connection.all(
        "SELECT * FROM @.retry_1($1, $2, $3)", PostgresArray(plan.jobs.map(\.sequence)), now.wall,
        try fixedQueueTime(at: now)
      ) { row in row.int64(0) }
      guard refused.isEmpty else {
        try connection.run("ROLLBACK TO SAVEPOINT retry")
        return nil
      }
      return plan.step
    }
  }

  private func retryPlan(
    _ selection: JobSelection, locking: Bool, at now: Moment
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    var keys = KeysPutBack()
    return try plan(selection, by: .created, locking: locking, at: now) { job throws(StoreError) in
      guard job.state != .failed else { return nil }
      let holder = try job.key.flatMap { key throws(StoreError) in
        try unfinishedJob(withKey: key)
      }
      if let refusal = keys.take(job.key, for: job.id, holder: holder) { return refusal }
      return try needsRemovedJob(job.sequence) ? .needsRemovedJob(job.id) : nil
    }
  }

  private func needsRemovedJob(_ sequence: Int64) throws(StoreError) -> Bool {
    try connection.first(
      "SELECT 1 FROM @.prerequisites WHERE job = $1 AND needs < 0 LIMIT 1", sequence
    ) { row in row.int(0) } != nil
  }
}
