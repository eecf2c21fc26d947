import QueueCore

/// The WHERE of a query over `jobs j`, `job_details d` and `runs r`; every value is bound.
struct JobFilter {
  private(set) var condition = "1"
  private(set) var values: [any SQLValue] = []

  init(_ query: JobQuery, state: JobState?) {
    if let state { add("j.state = ?", state) }
    if let time = query.updatedBefore { add("j.updated_at < ?", time) }
    if let time = query.updatedSince { add("j.updated_at >= ?", time) }
    if let queue = query.queue { add("j.queue = ?", queue) }
    for one in query.allConditions {
      let (term, values) = one.test.sql
      // Where there was no run some columns are NULL, and so is what is made of them.
      condition += " AND \(one.isNegated ? "NOT " : "")coalesce(\(term), 0)"
      self.values += values
    }
  }

  private mutating func add(_ term: String, _ value: any SQLValue) {
    condition += " AND \(term)"
    values.append(value)
  }
}

extension JobPredicate.Test {
  fileprivate var sql: (term: String, values: [any SQLValue]) {
    func has(_ text: String, _ columns: String...) -> (String, [any SQLValue]) {
      // Both take upper and lower case for alike in ASCII alone. LIKE is more than twice as fast,
      // and its patterns are bounded.
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
    case .exit(let code): ("(r.exit_code = ?)", [code])
    case .shellStatus(let status):
      (
        "(CASE r.outcome WHEN ? THEN ? ELSE coalesce(r.exit_code, \(Self.signal) + ?) END = ?)",
        [RunEnd.timedOut.word, RunEnd.timeoutStatus, RunEnd.signalBase, status]
      )
    case .ended(let end):
      (
        "(r.outcome = ? AND r.exit_code IS ? AND \(Self.signal) IS ?)",
        [end.word, end.exitCode, end.signal]
      )
    case .worker(let worker): ("(r.worker = ?)", [worker])
    case .queue(let name): ("(j.queue = ?)", [name])
    case .attempts(let comparison, let count): ("(j.attempts \(comparison.sql) ?)", [count])
    case .updated(let comparison, let time): ("(j.updated_at \(comparison.sql) ?)", [time])
    }
  }
}

extension JobPredicate.Test {
  /// The signal that killed the run. Older versions recorded it in the error alone, as "killed by
  /// signal 9: last line": the cast reads the number that this text goes on with.
  private static let signal = """
    CASE r.outcome WHEN 'killed' THEN coalesce(r.signal, CAST(substr(r.error, 18) AS INTEGER)) END
    """

  /// In bytes; SQLite takes 50,000.
  private static let longestPattern = 10_000

  /// What has a meaning in patterns stands for itself.
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

/// What follows the columns of a page of jobs: the index, the condition, the order.
struct JobListStatement {
  /// Up to the order.
  let condition: String
  private let order: String
  /// What the condition takes.
  let values: [any SQLValue]
  private let ordersBy: [any SQLValue]

  /// All of it.
  var text: String { "WHERE \(condition) ORDER BY \(order) LIMIT ? OFFSET ?" }

  /// What all of it takes.
  func values(limit: Int, skipping count: Int = 0) -> [any SQLValue] {
    values + ordersBy + [limit, count]
  }

  /// - Parameters:
  ///   - state: one of the query's; nil if it is for all.
  ///   - last: the place of the last job that may come; nil for all.
  init(
    _ query: JobQuery, state: JobState?, after cursor: JobPage.Cursor?,
    through last: JobPage.Cursor? = nil, at now: Moment
  ) {
    let filter = JobFilter(query, state: state)
    let key = Self.expression(of: query.order.key)
    var values = filter.values
    var condition = filter.condition
    let comparison = query.order.isReversed ? ">" : "<"
    let direction = query.order.isReversed ? "ASC" : "DESC"
    // The index is partial: the states are repeated, so that SQLite sees that it may use it.
    if query.order.key == .updated, query.order.isKept(for: query.states) {
      condition += " AND (j.state = 'completed' OR j.state = 'dead' OR j.state = 'cancelled')"
    }
    let past = query.order.isReversed ? "<=" : ">="
    for (place, comparison) in [(cursor, comparison), (last, past)] {
      guard let place else { continue }
      condition +=
        " AND \(key.map { "(\($0), j.seq) \(comparison) (?, ?)" } ?? "j.seq \(comparison) ?")"
      if key != nil { values += Self.bound(query.order.key, now) + [place.value] }
      values.append(place.sequence)
    }
    self.condition = condition
    order = (key.map { "\($0) \(direction), " } ?? "") + "j.seq \(direction)"
    ordersBy = key == nil ? [] : Self.bound(query.order.key, now)
    self.values = values
  }

  /// What ``JobOrder/value(of:at:)`` is in SQL; nil for the order of arrival alone.
  static func expression(of key: JobOrder.Key) -> String? {
    switch key {
    case .created: nil
    case .updated: "j.updated_at"
    case .priority: "j.priority"
    case .attempts: "j.attempts"
    case .runtime: "coalesce(r.elapsed_ms, ? - r.started_at, -1)"
    }
  }

  /// What the expression has to be given.
  static func bound(_ key: JobOrder.Key, _ now: Moment) -> [any SQLValue] {
    key == .runtime ? [now.wall] : []
  }
}
