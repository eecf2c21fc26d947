import QueueCore

/// The WHERE clause of a query over `states s`, `jobs d` and `runs r`. All values are parameters.
struct JobFilter {
  private(set) var condition = "true"
  private(set) var parameters: Parameters

  /// A condition on the order of arrival, such as `< 5`.
  struct Bound {
    let comparison: String
    let sequence: Int64
  }

  /// - Parameter bounds: conditions on `seq` that hold for all jobs of the page.
  init(_ query: JobQuery, state: JobState?, within bounds: [Bound]) {
    parameters = Parameters()
    if let state {
      add("s.state =", state)
    } else if !query.states.isEmpty {
      condition += " AND s.state = ANY (\(parameters.add(PostgresArray(query.states))))"
    }
    if let time = query.updatedBefore { add("s.updated_at <", time) }
    if let time = query.updatedSince { add("s.updated_at >=", time) }
    if let queue = query.queue { add(test: .queue(queue)) }
    for tag in query.tags { add(tag, within: bounds) }
    for one in query.allConditions { add(test: one.test, isNegated: one.isNegated) }
  }

  /// The jobs that wait, also through others, for the success of a dead or cancelled one. Whatever
  /// those wait for, they don't end.
  fileprivate static let blocked = """
    WITH RECURSIVE blocked(seq) AS (
      SELECT p.job FROM @.prerequisites p JOIN @.ended n ON n.seq = p.needs
      WHERE NOT p.any_end AND n.state IN ('dead', 'cancelled')
      UNION SELECT p.job FROM blocked b JOIN @.prerequisites p ON p.needs = b.seq)
    SELECT seq FROM blocked
    """

  /// Repeats the bounds, so that a page can be read along the tag's jobs, too.
  private mutating func add(_ tag: String, within bounds: [Bound]) {
    condition += " AND s.seq IN (SELECT job FROM @.tags WHERE tag = \(parameters.add(tag))"
    for bound in bounds {
      condition += " AND job \(bound.comparison) \(parameters.add(bound.sequence))"
    }
    condition += ")"
  }

  private mutating func add(_ term: String, _ value: some PostgresValue) {
    condition += " AND \(term) \(parameters.add(value))"
  }

  private mutating func add(test: JobPredicate.Test, isNegated: Bool = false) {
    let term = test.sql(&parameters)
    // Bare, so that PostgreSQL can begin with these jobs.
    if test == .blocked, !isNegated { return condition += " AND \(term)" }
    // Without a run, its columns and the term are NULL; `coalesce` makes that false.
    condition += " AND \(isNegated ? "NOT " : "")coalesce(\(term), false)"
  }
}

extension JobPredicate.Test {
  fileprivate func sql(_ parameters: inout Parameters) -> String {
    func has(_ text: String, _ columns: String...) -> String {
      // The collation "C" ignores case in ASCII only.
      let value = parameters.add(text)
      let terms = columns.map {
        "strpos(lower(\($0) COLLATE \"C\"), lower(\(value) COLLATE \"C\")) > 0"
      }
      return "(\(terms.joined(separator: " OR ")))"
    }
    return switch self {
    case .anywhere(let text): has(text, "d.id", "d.command", "coalesce(r.error, '')")
    case .id(let text): has(text, "d.id")
    case .command(let text): has(text, "d.command")
    case .error(let text): has(text, "r.error")
    case .exit(let statuses): Self.inRanges(of: statuses, Self.shellStatus, &parameters)
    case .ended(let end):
      "(r.outcome = \(parameters.add(end.word)) AND r.exit_code IS NOT DISTINCT FROM "
        + "\(parameters.add(end.exitCode)) AND r.signal IS NOT DISTINCT FROM "
        + "\(parameters.add(end.signal)))"
    case .workers(let workers): "(r.worker = ANY (\(parameters.add(PostgresArray(workers)))))"
    case .state(let state): "(s.state = \(parameters.add(state)))"
    case .queue(let name):
      "(s.queue = (SELECT no FROM @.queues WHERE name = \(parameters.add(name))))"
    case .priority(let comparison, let number):
      "(s.priority \(comparison.sql) \(parameters.add(number)))"
    case .tag(let tag): "(s.seq IN (SELECT job FROM @.tags WHERE tag = \(parameters.add(tag))))"
    case .schedule(let name): "(d.schedule_name = \(parameters.add(name)))"
    case .runTime(let comparison, let time, let now):
      "(coalesce(r.elapsed_ms, \(parameters.add(now)) - r.started_at) \(comparison.sql) "
        + "\(parameters.add(time)))"
    case .attempts(let comparison, let count):
      "(s.attempts \(comparison.sql) \(parameters.add(count)))"
    case .updated(let comparison, let time):
      "(s.updated_at \(comparison.sql) \(parameters.add(time)))"
    case .blocked: "(s.waits_for > 0 AND s.seq IN (\(JobFilter.blocked)))"
    }
  }
}

extension JobPredicate.Test {
  /// ``RunEnd/shellStatus``; its numbers are constants.
  private static let shellStatus = """
    CASE r.outcome WHEN '\(RunEnd.timedOut.word)' THEN \(RunEnd.timeoutStatus)
      ELSE coalesce(r.exit_code, r.signal + \(RunEnd.signalBase)) END
    """

  private static func inRanges(
    of statuses: ExitStatusSet, _ expression: String, _ parameters: inout Parameters
  ) -> String {
    let terms = statuses.ranges.map { range in
      "\(expression) BETWEEN \(parameters.add(range.lowerBound)) AND "
        + parameters.add(range.upperBound)
    }
    return "(\(terms.joined(separator: " OR ")))"
  }
}

extension JobPredicate.Comparison {
  fileprivate var sql: String {
    switch self {
    case .below: "<"
    case .equal: "="
    case .above: ">"
    }
  }
}

/// The WHERE, ORDER BY and LIMIT of a page of jobs.
struct JobListStatement {
  /// The only state of the jobs; nil for any.
  let state: JobState?
  let condition: String
  private let order: String
  let parameters: Parameters

  /// - Parameter last: the place of the last job to include; nil for no end.
  init(
    _ query: JobQuery, state: JobState?, after cursor: JobPage.Cursor?,
    through last: JobPage.Cursor? = nil, at now: Moment
  ) {
    self.state = state
    let (direction, next, upTo) =
      query.order.isReversed ? ("ASC", ">", "<=") : ("DESC", "<", ">=")
    let ends = [(next, cursor), (upTo, last)].compactMap { comparison, place in
      place.map { (comparison: comparison, place: $0) }
    }
    let bounds = ends.map { end in
      JobFilter.Bound(comparison: end.comparison, sequence: end.place.sequence)
    }
    let filter = JobFilter(query, state: state, within: query.order.key == .created ? bounds : [])
    var (condition, parameters) = (filter.condition, filter.parameters)
    let key = Self.expression(of: query.order.key, at: now, &parameters)
    for (comparison, place) in ends {
      let sequence = parameters.add(place.sequence)
      condition +=
        key.map {
          " AND (\($0), s.seq) \(comparison) (\(parameters.add(place.value)), \(sequence))"
        }
        ?? " AND s.seq \(comparison) \(sequence)"
    }
    self.condition = condition
    self.parameters = parameters
    order = (key.map { "\($0) \(direction), " } ?? "") + "s.seq \(direction)"
  }

  /// The clauses with their parameters.
  func clauses(limit: Int, skipping count: Int = 0) -> (text: String, Parameters) {
    var parameters = parameters
    var text = "WHERE \(condition) ORDER BY \(order) LIMIT \(parameters.add(limit))"
    if count > 0 { text += " OFFSET \(parameters.add(count))" }
    return (text, parameters)
  }

  /// The SQL of ``JobOrder/value(of:at:)``; nil for the order of arrival.
  static func expression(
    of key: JobOrder.Key, at now: Moment, _ parameters: inout Parameters
  ) -> String? {
    switch key {
    case .created: nil
    case .updated: "s.updated_at"
    case .priority: "s.priority"
    case .attempts: "s.attempts"
    case .runtime: "coalesce(r.elapsed_ms, \(parameters.add(now.wall)) - r.started_at, -1)"
    }
  }
}
