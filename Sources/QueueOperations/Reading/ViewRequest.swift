package import QueueCore

/// The view to read: which jobs, in which order, and what else beside them.
package struct ViewRequest: Equatable, Sendable {
  /// Which jobs are listed.
  package var tab = JobTab.all
  package var filter = FilterText("")
  /// Only dead jobs of this group; nil for all.
  package var group: ErrorGroup.Key?
  package var sort = JobSort()
  /// Only jobs of this queue, whose figures are shown as well; nil for all.
  package var queue: String?
  /// Whether the rows are those at the end of the list.
  package var isFromEnd = false

  /// How many rows are wanted.
  package var limit = 100
  /// How long to search for what a filter matches.
  package var searchTime = ViewRequest.typingTime

  /// How long while the filter is being typed.
  package static let typingTime = Duration.milliseconds(100)
  /// How long at most, however often more is asked for.
  package static let longestSearch = Duration.seconds(4)

  /// The job to read closely; nil for none.
  package var detail: JobID?
  /// Whether to explain that job as well.
  package var explains = false
  /// Whether the groups of dead jobs are wanted.
  package var wantsGroups = false
  /// Whether a line for each queue is wanted.
  package var wantsQueues = false
  /// Whether the schedules are wanted.
  package var wantsSchedules = false
  /// The schedule whose occurrences are wanted; nil for none.
  package var schedule: String?
  /// How often to look.
  package var interval = Duration.seconds(1)
  /// Whether not to look by itself.
  package var isPaused = false

  package init() {}

  /// How many rows to read: where no store has the order, as many as there may be, so that what
  /// comes first does.
  package var rowLimit: Int {
    sort.key.orders.isEmpty && !isInTurn ? Self.mostRows : limit
  }

  /// Whether the store gives out the rows in the order of turns.
  package var isInTurn: Bool { sort.key == .turn && tab.hasTurns && !hasConditions }

  /// Users don't scroll further than this; a filter, or the other end, is nearer.
  package static let mostRows = 5000

  /// Whether some jobs of the tab aren't shown.
  package var isFiltered: Bool { hasConditions || queue != nil }

  /// Whether its jobs have to be searched for.
  package var hasConditions: Bool { !filter.isEmpty || group != nil }

  /// Whether the same jobs are in its list, however many of them and in whatever order.
  package func lists(theSameAs other: ViewRequest) -> Bool {
    tab == other.tab && filter == other.filter && group == other.group && queue == other.queue
      && isFromEnd == other.isFromEnd
  }

  /// Only the parts that decide which rows there are.
  package var rowsAlone: ViewRequest {
    var request = ViewRequest()
    (request.tab, request.filter, request.group, request.queue) = (tab, filter, group, queue)
    (request.sort, request.limit, request.searchTime) = (sort, limit, searchTime)
    request.isFromEnd = isFromEnd
    return request
  }

  /// The query for the store.
  /// - Parameters:
  ///   - count: how many jobs the tab has.
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

  /// The order in which a store gives them out; nil when the rows that were read are ordered here.
  private func order(of count: Int) -> JobOrder? {
    let states = tab.state.map { [$0] } ?? []
    for key in sort.key.orders {
      let order = JobOrder(key, isReversed: sort.isReversed)
      if order.isKept(for: states) || (tab != .all && count <= Self.mostSorted) { return order }
    }
    return nil
  }

  /// No more jobs than these are sorted for every read.
  private static let mostSorted = 2000
}
