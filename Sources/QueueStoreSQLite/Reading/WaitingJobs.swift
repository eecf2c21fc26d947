public import QueueCore

extension SQLiteJobStore {
  /// Returns pending jobs in the order of claims; see ``WaitingLine``.
  public func pendingJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    let groups: [[WaitingLine]] = [[.ready, .overdue], [.blocked], [.scheduled]]
    return try waitingJobs(
      isReversed ? groups.reversed() : groups, in: queue, isReversed, limit, at: now)
  }

  /// Returns scheduled jobs along their index, queue by queue.
  public func scheduledJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try waitingJobs([[.scheduled]], in: queue, isReversed, limit, at: now)
  }

  /// Looks at the running jobs alone, along the index of states.
  public func endingJobs() throws(StoreError) -> Set<JobID> {
    Set(
      try connection.all(
        """
        SELECT id FROM jobs INDEXED BY jobs_by_state WHERE state = 'processing' AND cancel = 1
        """
      ) { row in JobID(trusted: row.text(0)) })
  }

  private typealias Place = (rank: Int64, sequence: Int64)

  /// Reads group after group until there are enough; a group's lines are merged.
  private func waitingJobs(
    _ groups: [[WaitingLine]], in queue: String?, _ isReversed: Bool, _ limit: Int,
    at now: Moment
  ) throws(StoreError) -> [Job] {
    var sequences: [Int64] = []
    for lines in groups where sequences.count < limit {
      let rest = limit - sequences.count
      var places: [Place] = []
      for line in lines {
        for name in try queues(of: line, queue, isReversed, rest, at: now) {
          places += try self.places(in: line, name, isReversed, rest, at: now)
        }
      }
      places.sort { isReversed ? $0 > $1 : $0 < $1 }
      sequences += places.prefix(rest).map(\.sequence)
    }
    return try jobs(at: sequences, now)
  }

  /// Returns the queues whose first jobs of a line come first: no other can have one among the
  /// first `limit`.
  private func queues(
    of line: WaitingLine, _ queue: String?, _ isReversed: Bool, _ limit: Int, at now: Moment
  ) throws(StoreError) -> [String] {
    if let queue { return [queue] }
    let first = line.statement("seq", "q.name", isReversed: isReversed)
    let direction = isReversed ? "DESC" : "ASC"
    return try connection.all(
      composed: """
        SELECT q.name FROM queues q JOIN jobs j ON j.seq = (\(first) LIMIT 1)
        ORDER BY \(line.rank(of: "j.")) \(direction), j.seq \(direction) LIMIT ?
        """, line.values(at: now) + [limit]
    ) { row in row.text(0) }
  }

  private func places(
    in line: WaitingLine, _ queue: String, _ isReversed: Bool, _ limit: Int, at now: Moment
  ) throws(StoreError) -> [Place] {
    try connection.all(
      composed: """
        \(line.statement("\(line.rank(of: "")), seq", "?", isReversed: isReversed)) LIMIT ?
        """, [queue] + line.values(at: now) + [limit]
    ) { row in (row.int64(0), row.int64(1)) }
  }

  /// Rows that are read with one statement.
  private static let mostAtOnce = 500

  /// Returns the jobs in the order of `sequences`, without removed ones.
  func jobs(at sequences: [Int64], _ now: Moment) throws(StoreError) -> [Job] {
    let queueTime = try queueTime(at: now)
    var jobs: [Int64: Job] = [:]
    for start in stride(from: 0, to: sequences.count, by: Self.mostAtOnce) {
      let some = sequences[start..<min(start + Self.mostAtOnce, sequences.count)]
      let marks = some.map { _ in "?" }.joined(separator: ", ")
      let rows = try connection.all(
        composed: "\(Self.jobColumns) WHERE j.seq IN (\(marks))", Array(some)
      ) { row throws(StoreError) in
        (sequence: row.int64(0), job: try job(row, at: now, queueTime: queueTime))
      }
      for row in rows { jobs[row.sequence] = row.job }
    }
    return sequences.compactMap { jobs[$0] }
  }
}

/// Pending jobs that wait for the same, in the order in which their turn comes.
private enum WaitingLine {
  /// Jobs that may be claimed, by priority and age.
  case ready
  /// Those whose time has come, but that no claim has made ready yet.
  case overdue
  /// Jobs with unmet prerequisites.
  case blocked
  case scheduled

  /// The ORDER BY expression; smaller values come first.
  func rank(of prefix: String) -> String {
    switch self {
    case .ready, .overdue: "-\(prefix)priority"
    case .blocked: "\(prefix)seq"
    case .scheduled: "\(prefix)run_at"
    }
  }

  func values(at now: Moment) -> [any SQLValue] {
    switch self {
    case .ready, .blocked: []
    case .overdue, .scheduled: [now.wall]
    }
  }

  /// The jobs of a queue along an index.
  func statement(_ columns: String, _ queue: String, isReversed: Bool) -> String {
    let (index, condition, order) = parts(isReversed ? "DESC" : "ASC", isReversed ? "ASC" : "DESC")
    return """
      SELECT \(columns) FROM jobs INDEXED BY \(index)
      WHERE queue = \(queue) AND state = 'pending' AND \(condition) ORDER BY \(order)
      """
  }

  private func parts(
    _ up: String, _ down: String
  ) -> (index: String, condition: String, order: String) {
    let timed = "ready = 0 AND waits_for = 0 AND run_at"
    return switch self {
    case .ready: ("jobs_ready", "ready = 1", "priority \(down), seq \(up)")
    case .overdue: ("jobs_scheduled", "\(timed) <= ?", "run_at \(up), seq \(up)")
    case .blocked: ("jobs_blocked", "waits_for > 0", "seq \(up)")
    case .scheduled: ("jobs_scheduled", "\(timed) > ?", "run_at \(up), seq \(up)")
    }
  }
}
