import QueueCore

struct SelectedJob {
  let sequence: Int64
  let id: JobID
  let state: JobState
  let updatedAt: Timestamp
  let key: String?

  /// The columns that ``init(_:)`` reads.
  static let columns = "SELECT s.seq, d.id, s.state, s.updated_at, d.unique_key"

  /// Throws `corrupt` for a state that does not exist, as the rows of lists do.
  init(_ row: Row) throws(StoreError) {
    guard let state = JobState(rawValue: row.text(2)) else {
      throw StoreError.damaged("the queue", "a job is \(row.text(2))")
    }
    sequence = row.int64(0)
    id = JobID(trusted: row.text(1))
    self.state = state
    updatedAt = row.timestamp(3)
    key = row.optionalText(4)
  }

  var place: JobPage.Cursor {
    JobPage.Cursor(value: updatedAt.milliseconds, sequence: sequence)
  }
}

extension PostgresJobStore {
  /// Decides which jobs of a selection can be changed. `limit`, `cursor` and `order` apply to
  /// matches. Throws the first refusal of an all-or-nothing selection. In a change, locks the
  /// jobs, so that they stay as they are decided on.
  func plan(
    _ selection: JobSelection, limit: Int = .max, after cursor: JobPage.Cursor? = nil,
    by order: JobOrder.Key, locking: Bool, at now: Moment,
    refusal: (SelectedJob) throws(StoreError) -> Refusal?
  ) throws(StoreError) -> (jobs: [SelectedJob], step: SelectionStep) {
    var step = SelectionStep()
    var found: [SelectedJob] = []
    switch selection.jobs {
    case .named(let references):
      var sequences: [Int64] = []
      for reference in references { sequences.append(try sequence(of: reference)) }
      found = try jobs(at: sequences, locking: locking)
    case .listed(let ids):
      let known = try sequences(of: ids)
      let jobs = try jobs(at: ids.compactMap { known[$0] }, locking: locking)
      let present = Set(jobs.map(\.id))
      for id in ids where !present.contains(id) { step.left.append(.unknown(id)) }
      found = jobs
    case .matching(let query):
      found = try jobs(
        matching: query, in: selection, limit: limit, after: cursor, by: order, at: now)
      if found.count == limit { step.next = found.last?.place }
      if locking {
        found = try jobs(at: found.map(\.sequence), locking: true).filter {
          selection.states.contains($0.state)
        }
      }
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

  private func sequences(of ids: [JobID]) throws(StoreError) -> [JobID: Int64] {
    let rows = try connection.all(
      "SELECT id, seq FROM @.jobs WHERE id = ANY ($1)", PostgresArray(ids)
    ) { row in (JobID(trusted: row.text(0)), row.int64(1)) }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the jobs in the order of `sequences`, without removed ones.
  func jobs(at sequences: [Int64], locking: Bool) throws(StoreError) -> [SelectedJob] {
    guard !sequences.isEmpty else { return [] }
    let places = PostgresArray(sequences)
    var jobs: [Int64: SelectedJob] = [:]
    // A job may move to the other table while its row is waited for.
    for _ in 1...(locking ? Self.mostMoves : 1) {
      let (unfinished, ended) =
        locking
        ? (try lock(places, in: .work), try lock(places, in: .ended))
        : ([], [])
      let rows = try connection.all(
        composed: """
          \(SelectedJob.columns) FROM @.states s JOIN @.jobs d ON d.seq = s.seq
          WHERE s.seq = ANY ($1)
          """, Parameters(places)
      ) { row throws(StoreError) in try SelectedJob(row) }
      jobs = Dictionary(rows.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
      let isStable = rows.allSatisfy { job in
        (job.state.isUnfinished ? unfinished : ended).contains(job.sequence)
      }
      if isStable { break }
    }
    return sequences.compactMap { jobs[$0] }
  }

  private static let mostMoves = 4

  private enum Table {
    case work, ended
  }

  private func lock(
    _ places: PostgresArray<Int64>, in table: Table
  ) throws(StoreError) -> Set<Int64> {
    let sequences =
      switch table {
      case .work:
        try connection.all(
          "SELECT seq FROM @.work WHERE seq = ANY ($1) ORDER BY seq FOR UPDATE", places
        ) { row in row.int64(0) }
      case .ended:
        try connection.all(
          "SELECT seq FROM @.ended WHERE seq = ANY ($1) ORDER BY seq FOR UPDATE", places
        ) { row in row.int64(0) }
      }
    return Set(sequences)
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
      let (clauses, parameters) = statement.clauses(limit: limit)
      found += try connection.all(
        composed: "\(SelectedJob.columns) \(Self.jobTables(in: state)) \(clauses)", parameters
      ) { row throws(StoreError) in try SelectedJob(row) }
    }
    guard states.count > 1 else { return found }
    found.sort { left, right in
      order == .created
        ? left.sequence < right.sequence : query.order.places(left.place, before: right.place)
    }
    return Array(found.prefix(limit))
  }
}
