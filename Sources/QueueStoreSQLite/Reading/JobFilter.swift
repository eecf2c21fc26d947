import QueueCore

/// The WHERE clause of a query over `jobs j`, `job_details d` and `runs r`, and `tags t` along a
/// tag. All values are bound.
struct JobFilter {
  private(set) var condition = "1"
  private(set) var values: [any SQLValue] = []

  init(_ query: JobQuery, state: JobState?) {
    // Along a tag, `+` keeps SQLite from the indexes of states, which have other tags' jobs, too.
    let column = query.isAlongTag ? "+j.state" : "j.state"
    if let state {
      add("\(column) = ?", state)
    } else if !query.states.isEmpty {
      condition += " AND \(column) IN (\(query.states.map { _ in "?" }.joined(separator: ", ")))"
      values += query.states as [any SQLValue]
    }
    if let time = query.updatedBefore { add("j.updated_at < ?", time) }
    if let time = query.updatedSince { add("j.updated_at >= ?", time) }
    if let queue = query.queue { add("j.queue = ?", queue) }
    for (index, tag) in query.tags.enumerated() {
      add(query.isAlongTag && index == 0 ? "t.tag = ?" : Self.tagged, tag)
    }
    for one in query.allConditions {
      let (term, values) = one.test.sql
      if one == JobPredicate(.blocked) {
        // Bare, so that SQLite can begin with these jobs.
        condition += " AND \(term)"
      } else {
        // Without a run, its columns and the term are NULL; `coalesce` makes that false.
        condition += " AND \(one.isNegated ? "NOT " : "")coalesce(\(term), 0)"
      }
      self.values += values
    }
  }

  /// A look-up for each job. `j.seq IN (SELECT …)` would list all jobs of the tag for each page.
  fileprivate static let tagged = "EXISTS (SELECT 1 FROM tags WHERE tag = ? AND job = j.seq)"

  /// The jobs that wait, also through others, for the success of a dead or cancelled one. Whatever
  /// those wait for, they don't end.
  fileprivate static let blocked = """
    WITH RECURSIVE blocked(seq) AS (
      SELECT p.job FROM prerequisites p JOIN jobs n ON n.seq = p.needs
      WHERE p.any_end = 0 AND n.state IN ('dead', 'cancelled')
      UNION SELECT p.job FROM blocked b JOIN prerequisites p ON p.needs = b.seq)
    SELECT seq FROM blocked
    """

  private mutating func add(_ term: String, _ value: any SQLValue) {
    condition += " AND \(term)"
    values.append(value)
  }
}

extension JobPredicate.Test {
  fileprivate var sql: (term: String, values: [any SQLValue]) {
    func has(_ text: String, _ columns: String...) -> (String, [any SQLValue]) {
      // Both ignore case in ASCII only. LIKE is more than twice as fast, but limits its patterns.
      let isShort = text.utf8.count <= Self.longestPattern
      let terms = columns.map {
        isShort ? "\($0) LIKE ? ESCAPE '\\'" : "instr(lower(\($0)), lower(?))"
      }
      let value = isShort ? "%\(Self.escaped(text))%" : text
      return ("(\(terms.joined(separator: " OR ")))", columns.map { _ in value })
    }
    return switch self {
    case .anywhere(let text): has(text, "j.id", "d.command", "r.error")
    case .id(let text): has(text, "j.id")
    case .command(let text): has(text, "d.command")
    case .error(let text): has(text, "r.error")
    case .exit(let statuses): Self.inRanges(of: statuses, Self.shellStatus)
    case .ended(let end):
      (
        "(r.outcome = ? AND r.exit_code IS ? AND \(Self.signal) IS ?)",
        [end.word, end.exitCode, end.signal]
      )
    case .workers(let workers):
      ("(r.worker IN (\(workers.map { _ in "?" }.joined(separator: ", "))))", workers)
    case .state(let state): ("(j.state = ?)", [state])
    case .queue(let name): ("(j.queue = ?)", [name])
    case .priority(let comparison, let number): ("(j.priority \(comparison.sql) ?)", [number])
    case .tag(let tag): (JobFilter.tagged, [tag])
    case .schedule(let name): ("(d.schedule = ?)", [name])
    case .runTime(let comparison, let time, let now):
      ("(coalesce(r.elapsed_ms, ? - r.started_at) \(comparison.sql) ?)", [now, time])
    case .attempts(let comparison, let count): ("(j.attempts \(comparison.sql) ?)", [count])
    case .updated(let comparison, let time): ("(j.updated_at \(comparison.sql) ?)", [time])
    case .blocked: ("(j.waits_for > 0 AND j.seq IN (\(JobFilter.blocked)))", [])
    }
  }
}

extension JobPredicate.Test {
  /// The signal that killed the run. Older versions stored it only in the error, as "killed by
  /// signal 9: last line"; the cast reads that number.
  private static let signal = """
    CASE r.outcome WHEN 'killed' THEN coalesce(r.signal, CAST(substr(r.error, 18) AS INTEGER)) END
    """

  /// ``RunEnd/shellStatus``; its numbers are constants.
  private static let shellStatus = """
    CASE r.outcome WHEN '\(RunEnd.timedOut.word)' THEN \(RunEnd.timeoutStatus)
      ELSE coalesce(r.exit_code, \(signal) + \(RunEnd.signalBase)) END
    """

  private static func inRanges(
    of statuses: ExitStatusSet, _ expression: String
  ) -> (term: String, values: [any SQLValue]) {
    let terms = statuses.ranges.map { _ in "\(expression) BETWEEN ? AND ?" }
    return (
      "(\(terms.joined(separator: " OR ")))",
      statuses.ranges.flatMap { [$0.lowerBound, $0.upperBound] }
    )
  }

  /// In bytes; SQLite's limit is 50,000.
  private static let longestPattern = 10_000

  private static func escaped(_ text: String) -> String {
    String(text.flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] })
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
  /// The WHERE, after the join for a tag.
  let source: String
  private let order: String
  let values: [any SQLValue]
  private let ordersBy: [any SQLValue]

  var text: String { "\(source) ORDER BY \(order) LIMIT ? OFFSET ?" }

  func values(limit: Int, skipping count: Int = 0) -> [any SQLValue] {
    values + ordersBy + [limit, count]
  }

  /// - Parameter last: the place of the last job to include; nil for no end.
  init(
    _ query: JobQuery, state: JobState?, after cursor: JobPage.Cursor?,
    through last: JobPage.Cursor? = nil, at now: Moment
  ) {
    let filter = JobFilter(query, state: state)
    let key = Self.expression(of: query.order.key)
    let sequence = query.isAlongTag ? "t.job" : "j.seq"
    var values = filter.values
    var condition = filter.condition
    let comparison = query.order.isReversed ? ">" : "<"
    let direction = query.order.isReversed ? "ASC" : "DESC"
    // Repeats the partial index's condition, so that SQLite can use it.
    if query.order.key == .updated, query.order.isKept(for: query.states) {
      condition += " AND (j.state = 'completed' OR j.state = 'dead' OR j.state = 'cancelled')"
    }
    let past = query.order.isReversed ? "<=" : ">="
    for (place, comparison) in [(cursor, comparison), (last, past)] {
      guard let place else { continue }
      condition +=
        " AND "
        + (key.map { "(\($0), j.seq) \(comparison) (?, ?)" } ?? "\(sequence) \(comparison) ?")
      if key != nil { values += Self.bound(query.order.key, now) + [place.value] }
      values.append(place.sequence)
    }
    source = "\(query.isAlongTag ? "JOIN tags t ON t.job = j.seq " : "")WHERE \(condition)"
    order = (key.map { "\($0) \(direction), " } ?? "") + "\(sequence) \(direction)"
    ordersBy = key == nil ? [] : Self.bound(query.order.key, now)
    self.values = values
  }

  /// The SQL of ``JobOrder/value(of:at:)``; nil for the order of arrival.
  static func expression(of key: JobOrder.Key) -> String? {
    switch key {
    case .created: nil
    case .updated: "j.updated_at"
    case .priority: "j.priority"
    case .attempts: "j.attempts"
    case .runtime: "coalesce(r.elapsed_ms, ? - r.started_at, -1)"
    }
  }

  static func bound(_ key: JobOrder.Key, _ now: Moment) -> [any SQLValue] {
    key == .runtime ? [now.wall] : []
  }
}
