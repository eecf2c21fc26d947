import QueueCore

struct SelectedJob {
  let sequence: Int64
  let id: JobID
  let state: JobState
  let updatedAt: Timestamp
  let key: String?
  let run: Int64?

  /// Reads `seq, id, state, updated_at, unique_key, run`.
  /// Throws `corrupt` for a state that does not exist, as the rows of lists do.
  init(_ row: Statement, of path: String) throws(StoreError) {
    guard let state = JobState(rawValue: row.text(2)) else {
      throw StoreError.damaged(path, "a job is \(row.text(2))")
    }
    sequence = row.int64(0)
    id = JobID(trusted: row.text(1))
    self.state = state
    updatedAt = row.timestamp(3)
    key = row.optionalText(4)
    run = row.optionalInt64(5)
  }

  var place: JobPage.Cursor {
    JobPage.Cursor(value: updatedAt.milliseconds, sequence: sequence)
  }
}

extension SQLiteJobStore {
  /// Decides which jobs of a selection can be changed. `limit`, `cursor` and `order` apply to
  /// matches. Throws the first refusal of an all-or-nothing selection.
  func plan(
    _ selection: JobSelection, limit: Int = .max, after cursor: JobPage.Cursor? = nil,
    by order: JobOrder.Key, at now: Moment,
    refusal: (SelectedJob) throws(StoreError) -> Refusal?
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    var step = SelectionStep()
    var found: [SelectedJob] = []
    switch selection.jobs {
    case .named(let references):
      for reference in references { found += [try job(ofRow: try sequence(of: reference))] }
    case .listed(let ids):
      for id in ids {
        if let job = try job(of: id) { found.append(job) } else { step.left.append(.unknown(id)) }
      }
    case .matching(let query):
      found = try jobs(
        matching: query, in: selection, limit: limit, after: cursor, by: order, at: now)
      if found.count == limit { step.next = found.last?.place }
    }
    var chosen: [SelectedJob] = []
    var seen: Set<Int64> = []
    for job in found where seen.insert(job.sequence).inserted {
      let refusal =
        selection.states.contains(job.state)
        ? try refusal(job) : .inState(job.id, job.state, wanted: selection.states)
      if let refusal {
        if selection.isAllOrNothing { throw refusal.error }
        step.left.append(refusal)
      } else {
        chosen.append(job)
      }
    }
    step.jobs = chosen.map(\.id)
    return (chosen, step)
  }

  private func job(ofRow sequence: Int64) throws(StoreError) -> SelectedJob {
    let job = try connection.first(
      "SELECT seq, id, state, updated_at, unique_key, run FROM jobs WHERE seq = ?", sequence
    ) { row throws(StoreError) in try SelectedJob(row, of: connection.path) }
    guard let job else {
      throw StoreError.damaged(connection.path, "a job is missing")
    }
    return job
  }

  private func job(of id: JobID) throws(StoreError) -> SelectedJob? {
    try connection.first(
      "SELECT seq, id, state, updated_at, unique_key, run FROM jobs WHERE id = ?", id
    ) { row throws(StoreError) in try SelectedJob(row, of: connection.path) }
  }

  private func jobs(
    matching query: JobQuery, in selection: JobSelection, limit: Int,
    after cursor: JobPage.Cursor?, by order: JobOrder.Key, at now: Moment
  ) throws(StoreError) -> [SelectedJob] {
    var query = query
    query.states = selection.states
    query.order = JobOrder(order, isReversed: true)
    if let age = selection.age {
      // A wall clock that was set ahead by mistake must not make all jobs look old.
      let steady = min(now.wall.milliseconds, try queueTime(at: now))
      query.updatedBefore = Timestamp(bounded: steady - age.milliseconds + 1)
    }
    var found: [SelectedJob] = []
    let states = query.separateStates
    for state in states {
      let statement = JobListStatement(query, state: state, after: cursor, at: now)
      found += try connection.all(
        composed: Self.selected(statement), statement.values(limit: limit)
      ) { row throws(StoreError) in try SelectedJob(row, of: connection.path) }
    }
    guard states.count > 1 else { return found }
    found.sort { left, right in
      order == .created
        ? left.sequence < right.sequence : query.order.places(left.place, before: right.place)
    }
    return Array(found.prefix(limit))
  }

  static func selected(_ statement: JobListStatement) -> String {
    """
    SELECT j.seq, j.id, j.state, j.updated_at, j.unique_key, j.run
    FROM jobs j JOIN job_details d ON d.seq = j.seq LEFT JOIN runs r ON r.id = j.run
    \(statement.text)
    """
  }
}
