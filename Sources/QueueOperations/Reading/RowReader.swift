package import QueueCore

/// Reads the rows of a list: as they stand in an order that the store keeps, or by looking through
/// what a filter leaves.
package struct RowReader {
  package let dependencies: MonitorDependencies
  package let store: any QueueReader

  /// The rows that a look is about.
  /// - Parameter count: how many jobs its tab has.
  package func read(_ request: ViewRequest, of count: Int, at now: Moment) throws(StoreError)
    -> JobRows
  {
    let query = request.query(of: count, at: now)
    var rows =
      if let group = request.group {
        try search(request, at: now) { room, cursor throws(StoreError) in
          try step(query, of: group, room: room, after: cursor, at: now)
        }
      } else if request.isFiltered {
        try search(request, at: now) { room, cursor throws(StoreError) in
          try store.search(
            query, limit: room, examining: Self.searchStep, after: cursor, at: now)
        }
      } else {
        try page(query, request, at: now)
      }
    if request.sort.key.orders.contains(query.order.key) {
      rows.order = query.order
    } else {
      rows.order = nil
      rows.jobs.sort(by: request.sort)
    }
    return rows
  }

  private func page(
    _ query: JobQuery, _ request: ViewRequest, at now: Moment
  ) throws(StoreError) -> JobRows {
    let page = try store.jobs(query, limit: request.rowLimit, after: nil, at: now)
    return JobRows(jobs: page.jobs, hasMore: page.next != nil)
  }

  /// How many jobs are looked through at once: a few milliseconds.
  private static let searchStep = 5000
  private static let pageSize = 500

  /// From the first one on, until all are looked through or the time is over.
  /// - Parameter step: looks through some more jobs, and hands out as many of those that match as
  ///   there is room for.
  private func search(
    _ request: ViewRequest, at now: Moment,
    step: (_ room: Int, _ cursor: JobPage.Cursor?) throws(StoreError) -> JobSearchStep
  ) throws(StoreError) -> JobRows {
    let deadline = now.uptime + request.searchTime
    var rows = JobRows()
    var searched = 0
    var cursor: JobPage.Cursor?
    repeat {
      let step = try step(request.rowLimit - rows.jobs.count, cursor)
      rows.jobs += step.jobs
      rows.found += step.found
      searched += step.examined
      cursor = step.next
    } while cursor != nil && dependencies.now().uptime < deadline
    if cursor != nil { rows.searched = searched }
    rows.hasMore = rows.found > rows.jobs.count
    return rows
  }

  /// A store can only narrow down which jobs are of a group.
  private func step(
    _ query: JobQuery, of group: ErrorGroup.Key, room: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep {
    let page = try store.jobs(query, limit: Self.pageSize, after: cursor, at: now)
    let matching = page.jobs.filter { ErrorGroup.Key($0) == group }
    return JobSearchStep(
      jobs: Array(matching.prefix(room)), found: matching.count, examined: page.jobs.count,
      next: page.next)
  }

  /// All jobs that an action on everything would be done to, up to ``BulkSelection/most``.
  package func gather(_ bulk: BulkSelection) throws(StoreError) -> (ids: [JobID], isComplete: Bool)
  {
    var request = ViewRequest()
    request.tab = .dead
    request.filter = bulk.filter
    request.group = bulk.group
    var ids: [JobID] = []
    var cursor: JobPage.Cursor?
    repeat {
      let now = dependencies.now()
      let query = request.query(of: .max, at: now)
      let page = try store.jobs(query, limit: Self.pageSize, after: cursor, at: now)
      ids += page.jobs.filter { request.group == nil || ErrorGroup.Key($0) == request.group }.map(
        \.id)
      cursor = page.next
    } while cursor != nil && ids.count <= BulkSelection.most
    return (ids, ids.count <= BulkSelection.most)
  }
}

extension [Job] {
  /// Puts rows into an order that no store has them in. They come newest first.
  fileprivate mutating func sort(by order: JobSort) {
    switch order.key {
    case .age: sort { $0.updatedAt > $1.updatedAt }
    case .job: sort { $0.id < $1.id }
    case .tries: sort { $0.attempts > $1.attempts }
    case .exit: sort { RunResult.rank($0.latestRun) < RunResult.rank($1.latestRun) }
    case .priority: sort { $0.priority > $1.priority }
    case .command: sort { $0.command < $1.command }
    case .error: sort { RunResult.detail($0.latestRun) < RunResult.detail($1.latestRun) }
    }
    if order.isReversed { reverse() }
  }
}
