import QueueCore

extension InMemoryQueue {
  mutating func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    var ended = 0
    var last: JobPage.Cursor?
    var selection = selection
    if case .matching = selection.jobs {
      // A partial match is a list.
      let all = try plan(selection, at: now) { _ in nil }.indices.map { index in
        (
          rows[index].job.id,
          JobPage.Cursor(
            value: JobOrder(selection.keyOfSteps).value(of: rows[index].job, at: now),
            sequence: rows[index].sequence)
        )
      }
      let part = all.filter { cursor.map($0.1.isAfter) ?? true }
        .sorted { $1.1.isAfter($0.1) }.prefix(limit)
      (ended, last) = (part.count, part.last?.1)
      selection.jobs = .listed(part.map(\.0))
    }
    var (indices, step) = try plan(selection, at: now) { index in
      let id = rows[index].job.id
      if let waiting = jobWaiting(for: index) { return .awaited(id, by: waiting) }
      guard selection.sparesUnnoticed, notices[rows[index].sequence] != nil else { return nil }
      return .unnoticed(id)
    }
    if ended == limit { step.next = last }
    guard !dryRun else { return step }
    for index in indices {
      step.runs += rows[index].earlierRuns.map(\.id)
      rows[index].job.latestRun.map { step.runs.append($0.id) }
    }
    for index in indices.sorted(by: >) { rows.remove(at: index) }
    return step
  }

  private func jobWaiting(for index: Int) -> JobID? {
    rows.first { row in
      row.job.state.isUnfinished && row.unmet.contains { $0.needs == rows[index].sequence }
    }?.job.id
  }
}

extension JobPage.Cursor {
  fileprivate func isAfter(_ other: JobPage.Cursor) -> Bool {
    (value, sequence) > (other.value, other.sequence)
  }
}
