import QueueCore

extension InMemoryQueue {
  mutating func discardDead(
    _ references: [String], dryRun: Bool
  ) throws(StoreError) -> RemovalStep {
    let indices = try deadJobs(.named(references), areTo: "discarded")
    for index in indices {
      guard let waiting = jobWaiting(for: rows[index].job.id) else { continue }
      throw StoreError(
        .wrongState, "job \(rows[index].job.id) is needed: job \(waiting) waits for it")
    }
    var step = RemovalStep()
    let order = references.compactMap { reference in
      indices.first { rows[$0].job.id.text.hasPrefix(reference) }.map { rows[$0].job.id }
    }
    for id in order where !step.jobs.contains(id) { remove(id, into: &step, dryRun: dryRun) }
    return step
  }

  /// Whether the command for a dead job is yet to be run.
  private func isUnnoticed(_ job: JobID) -> Bool {
    rows.contains { $0.job.id == job && notices[$0.sequence] != nil }
  }

  mutating func removeEnded(
    _ query: RemovalQuery, limit: Int, after cursor: RemovalStep.Cursor?, dryRun: Bool,
    at now: Moment
  ) -> RemovalStep {
    let steady = min(now.wall.milliseconds, steadyTime(now).milliseconds)
    let latest = query.age.map { Timestamp(milliseconds: steady - $0.milliseconds) }
    let ended = rows.map { row in
      (id: row.job.id, job: row.job, at: Cursor(endedAt: row.job.updatedAt, sequence: row.sequence))
    }
    .filter { id, job, at in
      var jobs = query.jobs
      jobs.states = [query.state]
      return jobs.matches(job) && latest.map { at.endedAt <= $0 } ?? true
        && cursor.map { $0.isBefore(at) } ?? true
    }
    .sorted { $0.at.isBefore($1.at) }
    .prefix(limit)
    var step = RemovalStep()
    for row in ended {
      if jobWaiting(for: row.id) == nil, !(query.sparesUnnoticed && isUnnoticed(row.id)) {
        remove(row.id, into: &step, dryRun: dryRun)
      } else {
        step.neededCount += 1
      }
    }
    if ended.count == limit { step.next = ended.last?.at }
    return step
  }

  private func jobWaiting(for id: JobID) -> JobID? {
    guard let sequence = rows.first(where: { $0.job.id == id })?.sequence else { return nil }
    return rows.first { row in
      row.job.state.isUnfinished && row.unmet.contains { $0.needs == sequence }
    }?.job.id
  }

  private mutating func remove(_ id: JobID, into step: inout RemovalStep, dryRun: Bool) {
    guard let index = rows.firstIndex(where: { $0.job.id == id }) else { return }
    step.jobs.append(id)
    step.runs += rows[index].earlierRuns.map(\.run)
    rows[index].job.latestRun.map { step.runs.append($0.run) }
    if !dryRun { rows.remove(at: index) }
  }
}

private typealias Cursor = RemovalStep.Cursor

extension RemovalStep.Cursor {
  fileprivate func isBefore(_ other: RemovalStep.Cursor) -> Bool {
    (endedAt, sequence) < (other.endedAt, other.sequence)
  }
}
