package import QueueCore

/// Reads the rows of a list: in the order of an index, or by searching for the jobs that match a
/// filter.
package struct RowReader {
  package let dependencies: MonitorDependencies
  package let store: any QueueReader & WaitingReader

  /// Reads the rows of a request.
  /// - Parameter count: the number of jobs in its tab.
  package func read(
    _ request: ViewRequest, of count: Int, at now: Moment
  ) throws(StoreError) -> JobRows {
    if request.tab == .later || request.isInTurn { return try waiting(request, at: now) }
    let query = try query(request, of: count, at: now)
    let limit = request.rowLimit(of: count)
    var rows =
      if let group = request.group {
        try search(request, upTo: limit, at: now) { room, cursor throws(StoreError) in
          try step(query, of: group, room: room, after: cursor, at: now)
        }
      } else if request.isFiltered {
        try search(request, upTo: limit, at: now) { room, cursor throws(StoreError) in
          try store.search(
            query, limit: room, examining: Self.searchStep, after: cursor, at: now)
        }
      } else {
        try page(query, upTo: limit, at: now)
      }
    if request.isFromEnd { rows.jobs.reverse() }
    if request.sort.key.orders.contains(query.order.key) {
      rows.order = JobOrder(query.order.key, isReversed: request.sort.isReversed)
    } else {
      rows.order = nil
      rows.jobs.sort(by: request.sort, at: now)
    }
    return rows
  }

  private func query(
    _ request: ViewRequest, of count: Int, at now: Moment
  ) throws(StoreError) -> JobQuery {
    try request.query(of: count, at: now) { () throws(StoreError) in try store.workers() }
  }

  private func page(
    _ query: JobQuery, upTo limit: Int, at now: Moment
  ) throws(StoreError) -> JobRows {
    let page = try store.jobs(query, limit: limit, after: nil, at: now)
    return JobRows(jobs: page.jobs, hasMore: page.next != nil)
  }

  /// Reads pending jobs in the order in which they run, or jobs for later in any order.
  private func waiting(_ request: ViewRequest, at now: Moment) throws(StoreError) -> JobRows {
    let isReversed = request.isInTurn && request.sort.isReversed != request.isFromEnd
    let limit = request.isInTurn ? request.limit : ViewRequest.mostRows
    var jobs =
      request.tab == .later
      ? try store.scheduledJobs(
        in: request.queue, isReversed: isReversed, limit: limit + 1, at: now)
      : try store.pendingJobs(
        in: request.queue, isReversed: isReversed, limit: limit + 1, at: now)
    var rows = JobRows(hasMore: jobs.count > limit)
    if rows.hasMore { jobs.removeLast() }
    if request.isInTurn {
      if request.isFromEnd { jobs.reverse() }
    } else {
      // One search step covers all of them.
      if rows.hasMore { rows.searched = jobs.count }
      let conditions = try query(request, of: jobs.count, at: now).conditions
      jobs = jobs.filter { job in conditions.allSatisfy { $0.holds(for: job) } }
      rows.found = jobs.count
      if request.sort.key == .turn {
        if request.sort.isReversed { jobs.reverse() }
      } else {
        jobs.sort(by: request.sort, at: now)
      }
    }
    rows.order = nil
    rows.jobs = jobs
    return rows
  }

  /// Jobs examined per step of a search: a few milliseconds.
  private static let searchStep = 5000
  private static let pageSize = 500

  /// Searches from the first job until the last one or until the request's search time is over.
  /// - Parameter step: examines further jobs and returns the matches, at most `room` of them.
  private func search(
    _ request: ViewRequest, upTo limit: Int, at now: Moment,
    step: (_ room: Int, _ cursor: JobPage.Cursor?) throws(StoreError) -> JobSearchStep
  ) throws(StoreError) -> JobRows {
    let deadline = now.uptime + request.searchTime
    var rows = JobRows()
    var searched = 0
    var cursor: JobPage.Cursor?
    repeat {
      let step = try step(limit - rows.jobs.count, cursor)
      rows.jobs += step.jobs
      rows.found += step.found
      searched += step.examined
      cursor = step.next
    } while cursor != nil && dependencies.now().uptime < deadline
    if cursor != nil { rows.searched = searched }
    rows.hasMore = rows.found > rows.jobs.count
    return rows
  }

  /// Examines a page of jobs for members of a group. The query may also return jobs of similar
  /// groups.
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

  /// Returns the ids of all jobs of a bulk action, up to ``BulkSelection/most``.
  package func gather(
    _ bulk: BulkSelection
  ) throws(StoreError) -> (ids: [JobID], isComplete: Bool) {
    var ids: [JobID] = []
    try read(bulk) { jobs in
      ids += jobs.map(\.id)
      return ids.count <= BulkSelection.most
    }
    return (ids, ids.count <= BulkSelection.most)
  }

  /// Returns all jobs to mark, up to ``BulkSelection/mostMarks``.
  package func jobs(
    _ bulk: BulkSelection
  ) throws(StoreError) -> (jobs: [Job], isComplete: Bool) {
    var found: [Job] = []
    try read(bulk) { jobs in
      found += jobs
      return found.count <= BulkSelection.mostMarks
    }
    return (found, found.count <= BulkSelection.mostMarks)
  }

  /// Pages through the jobs of a list until `body` returns false.
  private func read(_ bulk: BulkSelection, _ body: ([Job]) -> Bool) throws(StoreError) {
    var request = ViewRequest()
    (request.tab, request.filter, request.group) = (bulk.tab, bulk.filter, bulk.group)
    request.queue = bulk.queue
    if bulk.tab == .later {
      let now = dependencies.now()
      let jobs = try store.scheduledJobs(
        in: bulk.queue, isReversed: false, limit: BulkSelection.mostMarks + 1, at: now)
      let conditions = try query(request, of: .max, at: now).conditions
      _ = body(jobs.filter { job in conditions.allSatisfy { $0.holds(for: job) } })
      return
    }
    var cursor: JobPage.Cursor?
    repeat {
      let now = dependencies.now()
      let page = try store.jobs(
        try query(request, of: .max, at: now), limit: Self.pageSize, after: cursor, at: now)
      cursor = page.next
      let jobs = page.jobs.filter {
        request.group == nil || ErrorGroup.Key($0) == request.group
      }
      guard body(jobs) else { return }
    } while cursor != nil
  }
}

extension [Job] {
  /// Sorts rows that came newest first by a key without an index.
  fileprivate mutating func sort(by order: JobSort, at now: Moment) {
    switch order.key {
    case .age: sort { $0.updatedAt > $1.updatedAt }
    case .job: sort { $0.id < $1.id }
    case .attempts: sort { $0.attempts > $1.attempts }
    case .exit: sort { RunResult.rank($0.latestRun) < RunResult.rank($1.latestRun) }
    case .priority: sort { $0.priority > $1.priority }
    case .command: sort { $0.command < $1.command }
    case .error: sort { RunResult.detail($0.latestRun) < RunResult.detail($1.latestRun) }
    case .turn:
      // Of two jobs in the same place, the one enqueued first runs first.
      reverse()
      sort { $0.turn(at: now) < $1.turn(at: now) }
    }
    if order.isReversed { reverse() }
  }
}

extension Job {
  /// The place of a pending job: as in the store, first those that may run, then blocked, then
  /// scheduled ones.
  fileprivate func turn(at now: Moment) -> (group: Int, rank: Int64) {
    if !waitsFor.isEmpty { return (1, 0) }
    if let runAt = spec.runAt, runAt > now.wall { return (2, runAt.milliseconds) }
    return (0, Int64(-spec.priority))
  }
}
