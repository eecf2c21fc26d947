public import QueueCore

extension PostgresJobStore {
  /// Returns pending jobs in the order of claims; see ``WaitingLine``.
  public func pendingJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    let groups: [[WaitingLine]] = [[.ready, .overdue], [.blocked], [.scheduled]]
    return try waitingJobs(
      isReversed ? groups.reversed() : groups, in: queue, isReversed, limit, at: now)
  }

  /// Returns scheduled jobs along the index of lines, queue by queue.
  public func scheduledJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try waitingJobs([[.scheduled]], in: queue, isReversed, limit, at: now)
  }

  /// Looks at the running jobs alone.
  public func endingJobs() throws(StoreError) -> Set<JobID> {
    Set(
      try connection.all(
        """
        SELECT d.id FROM @.work w JOIN @.jobs d ON d.seq = w.seq
        WHERE w.state = 'processing' AND w.cancel
        """
      ) { row in JobID(trusted: row.text(0)) })
  }

  private typealias Place = (rank: Int64, sequence: Int64)

  /// Reads group after group until there are enough; a group's lines are merged.
  private func waitingJobs(
    _ groups: [[WaitingLine]], in queue: String?, _ isReversed: Bool, _ limit: Int,
    at now: Moment
  ) throws(StoreError) -> [Job] {
    try reading { () throws(StoreError) in
      var sequences: [Int64] = []
      for lines in groups where sequences.count < limit {
        let rest = limit - sequences.count
        var places: [Place] = []
        for line in lines {
          places += try self.places(in: line, queue, isReversed, rest, at: now)
        }
        places.sort { isReversed ? $0 > $1 : $0 < $1 }
        sequences += places.prefix(rest).map(\.sequence)
      }
      return try jobs(at: sequences, now)
    }
  }

  private func places(
    in line: WaitingLine, _ queue: String?, _ isReversed: Bool, _ limit: Int, at now: Moment
  ) throws(StoreError) -> [Place] {
    var parameters = Parameters()
    let (name, wall) = (parameters.add(queue), parameters.add(now.wall))
    let direction = isReversed ? "DESC" : "ASC"
    let most = parameters.add(limit)
    return try connection.all(
      composed: """
        SELECT w.place, w.seq FROM @.queues q CROSS JOIN LATERAL (
          SELECT \(line.place) AS place, seq FROM @.work
          WHERE queue = q.no AND \(line.condition(wall))
          ORDER BY rank \(direction), seq \(direction) LIMIT \(most)) w
        WHERE \(name) IS NULL OR q.name = \(name)
        ORDER BY w.place \(direction), w.seq \(direction) LIMIT \(most)
        """, parameters
    ) { row in (row.int64(0), row.int64(1)) }
  }

  /// Returns the jobs in the order of `sequences`, without removed ones.
  func jobs(at sequences: [Int64], _ now: Moment) throws(StoreError) -> [Job] {
    guard !sequences.isEmpty else { return [] }
    let queueTime = try queueTime(at: now)
    let rows = try connection.all(
      composed: "\(Self.jobColumns()) WHERE s.seq = ANY ($1)", Parameters(PostgresArray(sequences))
    ) { row throws(StoreError) in
      (sequence: row.int64(0), job: try job(row, at: now, queueTime: queueTime))
    }
    let jobs = Dictionary(rows, uniquingKeysWith: { first, _ in first })
    return sequences.compactMap { jobs[$0] }
  }
}

/// Pending jobs that wait for the same, in the order in which their turn comes.
private enum WaitingLine {
  /// Ready jobs, by priority and age.
  case ready
  /// Those whose time has come, but that no claim has made ready yet.
  case overdue
  /// Jobs with prerequisites.
  case blocked
  case scheduled

  /// Its place among those of a group; a smaller one comes first.
  var place: String {
    switch self {
    case .ready, .overdue: "-priority::bigint"
    case .blocked, .scheduled: "rank"
    }
  }

  func condition(_ wall: String) -> String {
    switch self {
    // The parameter has a type only where it is used.
    case .ready: "line = 0 AND state = 'pending' AND \(wall) IS NOT NULL"
    case .overdue: "line = 1 AND rank <= \(wall)"
    case .blocked: "line = 4 AND \(wall) IS NOT NULL"
    case .scheduled: "line = 1 AND rank > \(wall)"
    }
  }
}
