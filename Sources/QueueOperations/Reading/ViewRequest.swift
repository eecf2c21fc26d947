package import QueueCore

/// The view to read: jobs, their order, and other parts of the screen.
package struct ViewRequest: Equatable, Sendable {
  /// The list.
  package var tab = JobTab.all
  package var filter = FilterText("")
  /// Only dead jobs of this group; nil for all.
  package var group: ErrorGroup.Key?
  package var sort = JobSort()
  /// Only jobs and figures of this queue; nil for all.
  package var queue: String?
  /// Whether to read from the end of the list.
  package var isFromEnd = false

  /// The number of rows to read.
  package var limit = 100
  /// The time limit of a search for a filter's matches.
  package var searchTime = ViewRequest.typingTime

  /// The search time while the filter is typed.
  package static let typingTime = Duration.milliseconds(100)
  /// The longest search time, however often Enter extends it.
  package static let longestSearch = Duration.seconds(4)

  /// The job to read with its runs; nil for none.
  package var detail: JobID?
  /// Whether to explain that job.
  package var explains = false
  /// Whether to group dead jobs by error.
  package var wantsGroups = false
  /// Whether to read the queues.
  package var wantsQueues = false
  /// Whether to read the schedules.
  package var wantsSchedules = false
  /// The schedule whose occurrences to read; nil for none.
  package var schedule: String?
  /// The time between two reads.
  package var interval = Duration.seconds(1)
  /// Whether the screen is frozen: reads happen on request only.
  package var isPaused = false

  package init() {}

  /// Whether the rows are in the order in which they run, as the store has it.
  package var isInTurn: Bool { sort.key == .turn && tab.hasTurns && !hasConditions }

  /// The most rows of a list. Further ones are reached by a filter or from the other end.
  package static let mostRows = 5000

  /// Whether a filter, group or queue hides jobs of the tab.
  package var isFiltered: Bool { hasConditions || queue != nil }

  /// Whether a filter or group needs a search.
  package var hasConditions: Bool { !filter.isEmpty || group != nil }

  /// Whether both requests select the same jobs, whatever their number and order.
  package func lists(theSameAs other: ViewRequest) -> Bool {
    tab == other.tab && filter == other.filter && group == other.group && queue == other.queue
      && isFromEnd == other.isFromEnd
  }

  /// The parts of the request that determine its rows.
  package var rowsAlone: ViewRequest {
    var request = ViewRequest()
    (request.tab, request.filter, request.group, request.queue) = (tab, filter, group, queue)
    (request.sort, request.limit, request.searchTime) = (sort, limit, searchTime)
    request.isFromEnd = isFromEnd
    return request
  }

  /// Returns the store's query.
  /// - Parameters:
  ///   - count: the number of jobs in the tab.
  ///   - workers: returns those of the queue, for a filter by host.
  package func query(
    of count: Int, at now: Moment, workers: () throws(StoreError) -> [WorkerRecord] = { [] }
  ) throws(StoreError) -> JobQuery {
    var query = JobQuery(states: tab.state.map { [$0] } ?? [])
    query.conditions =
      try filter.conditions(at: now, workers: workers) + (group?.conditions ?? [])
      + (queue.map { [JobPredicate(.queue($0))] } ?? [])
    query.order = order(of: count) ?? JobOrder.newestFirst
    if isFromEnd { query.order.isReversed.toggle() }
    return query
  }

  /// The number of rows to read from a tab with `count` jobs. If the store can't sort so many, more
  /// are read and then sorted.
  package func rowLimit(of count: Int) -> Int {
    order(of: count) == nil && !isInTurn ? Self.mostRows : limit
  }

  /// The order of the store's query; nil if the rows are sorted after reading.
  private func order(of count: Int) -> JobOrder? {
    let states = tab.state.map { [$0] } ?? []
    for key in sort.key.orders {
      let order = JobOrder(key, isReversed: sort.isReversed)
      if order.isKept(for: states) || (tab != .all && count <= Self.mostSorted) { return order }
    }
    return nil
  }

  /// The most jobs that a query sorts without an index, since every read repeats it.
  private static let mostSorted = 2000
}
