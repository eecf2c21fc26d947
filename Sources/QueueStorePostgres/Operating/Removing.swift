public import QueueCore

extension PostgresJobStore {
  /// Removes ended jobs. Locks nothing if none match.
  public func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    func look(
      _ limit: Int, locking: Bool
    ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
      try plan(
        selection, limit: limit, after: cursor, by: selection.keyOfSteps, locking: locking, at: now
      ) { job throws(StoreError) in try refusalToRemove(job, selection) }
    }
    let seen = try reading { () throws(StoreError) in
      try look(dryRun ? limit : 1, locking: false)
    }
    if dryRun || (seen.jobs.isEmpty && seen.step.left.isEmpty) { return seen.step }
    return try change { () throws(StoreError) in
      var (jobs, step) = try look(limit, locking: true)
      step.runs = try remove(jobs.map(\.sequence), at: now)
      return step
    }
  }

  /// Removes jobs with all that belongs to them, and returns their runs.
  @discardableResult
  func remove(_ sequences: [Int64], at now: Moment) throws(StoreError) -> [RunID] {
    guard !sequences.isEmpty else { return [] }
    return try connection.all(
      "SELECT * FROM @.remove_1($1, $2)", PostgresArray(sequences), now.wall
    ) { row in RunID(row.int64(0)) }
  }

  private func refusalToRemove(
    _ job: SelectedJob, _ selection: JobSelection
  ) throws(StoreError) -> Refusal? {
    if let waiting = try dependants(ofRow: job.sequence, atMost: 1).first {
      return .awaited(job.id, by: waiting)
    }
    guard selection.sparesUnnoticed, job.state == .dead else { return nil }
    let notice = try connection.first(
      "SELECT 1 FROM @.notices WHERE job = $1", job.sequence
    ) { row in row.int(0) }
    return notice == nil ? nil : .unnoticed(job.id)
  }

  /// Returns the numbers in `range` of runs that belong to a job.
  public func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    Set(
      try connection.all(
        "SELECT id FROM @.runs WHERE id BETWEEN $1 AND $2", range.lowerBound, range.upperBound
      ) { row in row.int64(0) })
  }
}
