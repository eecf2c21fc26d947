public import QueueCore

extension SQLiteJobStore {
  /// Removes ended jobs. Takes no write lock if none match.
  public func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    func look(_ limit: Int) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
      try plan(selection, limit: limit, after: cursor, by: selection.keyOfSteps, at: now) {
        job throws(StoreError) in try refusalToRemove(job, selection)
      }
    }
    let seen = try connection.read { () throws(StoreError) in try look(dryRun ? limit : 1) }
    if dryRun || (seen.jobs.isEmpty && seen.step.left.isEmpty) { return seen.step }
    return try change { () throws(StoreError) in
      var (jobs, step) = try look(limit)
      step.runs = try remove(jobs)
      return step
    }
  }

  private func refusalToRemove(
    _ job: SelectedJob, _ selection: JobSelection
  ) throws(StoreError) -> Refusal? {
    if let waiting = try dependants(ofRow: job.sequence, atMost: 1).first {
      return .awaited(job.id, by: waiting)
    }
    guard selection.sparesUnnoticed, job.state == .dead else { return nil }
    let notice = try connection.first(
      "SELECT 1 FROM notices WHERE job = ?", job.sequence
    ) { row in row.int(0) }
    return notice == nil ? nil : .unnoticed(job.id)
  }

  /// Returns the numbers in `range` of runs that belong to a job.
  public func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    Set(
      try connection.all(
        "SELECT id FROM runs WHERE id BETWEEN ? AND ? AND job <> 0", range.lowerBound,
        range.upperBound
      ) { row in row.int64(0) })
  }

  /// Removes ended jobs and returns their runs. Links from
  /// cancelled jobs are negated, because row numbers are reused; see ``retry(_:dryRun:at:)``.
  private func remove(_ jobs: [SelectedJob]) throws(StoreError) -> [RunID] {
    var removed: [RunID] = []
    for job in jobs {
      removed += try runs(from: job.run)
      try connection.run(
        "UPDATE prerequisites SET needs = -needs WHERE needs = ?", job.sequence)
      try removeRow(job.sequence)
    }
    try removeRuns(removed)
    return removed
  }

  /// Removes a job's runs before its row, which names the latest.
  func removeRuns(ofRow sequence: Int64) throws(StoreError) {
    let latest = try connection.first("SELECT run FROM jobs WHERE seq = ?", sequence) { row in
      row.optionalInt64(0)
    }
    let runs = try runs(from: latest ?? nil)
    if !runs.isEmpty { try removeRuns(runs) }
  }

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

  /// Removes runs, except the newest row: the next number is one greater, and none may be reused.
  /// That row then belongs to no job, and a later removal deletes it.
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
