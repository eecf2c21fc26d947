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
    if let exitCode = query.exitCode { add("r.exit_code = ?", exitCode) }
    if let search = query.search {
      let columns = ["j.id", "d.command", "coalesce(r.error, '')"]
      condition +=
        " AND (" + columns.map { "instr(lower(\($0)), lower(?))" }.joined(separator: " OR ") + ")"
      values += columns.map { _ in search }
    }
  }

  private mutating func add(_ term: String, _ value: any SQLValue) {
    condition += " AND \(term)"
    values.append(value)
  }
}

/// What follows the columns of a page of jobs: the index, the condition, the order.
struct JobListStatement {
  let text: String
  let values: [any SQLValue]

  /// - Parameter state: one of the query's; nil if it is for all.
  init(_ query: JobQuery, state: JobState?, after cursor: JobPage.Cursor?, at now: Moment) {
    let filter = JobFilter(query, state: state)
    let key = Self.expression(of: query.order.key)
    var values = filter.values
    var condition = filter.condition
    let comparison = query.order.isReversed ? ">" : "<"
    let direction = query.order.isReversed ? "ASC" : "DESC"
    // The index is partial: the states are repeated, so that SQLite sees that it may use it.
    if query.order.key == .updated, query.order.isKept(for: query.states) {
      condition += " AND j.state IN ('completed', 'dead', 'cancelled')"
    }
    if let cursor {
      condition +=
        " AND \(key.map { "(\($0), j.seq) \(comparison) (?, ?)" } ?? "j.seq \(comparison) ?")"
      if key != nil { values += Self.bound(query.order.key, now) + [cursor.value] }
      values.append(cursor.sequence)
    }
    let order = (key.map { "\($0) \(direction), " } ?? "") + "j.seq \(direction)"
    text = "WHERE \(condition) ORDER BY \(order) LIMIT ?"
    self.values = values + (key == nil ? [] : Self.bound(query.order.key, now))
  }

  /// What ``JobOrder/value(of:at:)`` is in SQL; nil for the order of arrival alone.
  private static func expression(of key: JobOrder.Key) -> String? {
    switch key {
    case .created: nil
    case .updated: "j.updated_at"
    case .priority: "j.priority"
    case .attempts: "j.attempts"
    case .runtime: "coalesce(r.elapsed_ms, ? - r.started_at, -1)"
    }
  }

  /// What the expression has to be given.
  private static func bound(_ key: JobOrder.Key, _ now: Moment) -> [any SQLValue] {
    key == .runtime ? [now.wall] : []
  }
}
