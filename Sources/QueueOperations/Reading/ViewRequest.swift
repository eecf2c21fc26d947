package import QueueCore

/// The view to read: which jobs, in which order, and what else beside them.
package struct ViewRequest: Equatable, Sendable {
  /// Which jobs are listed.
  package var tab = JobTab.all
  package var filter = FilterText("")
  /// Only dead jobs of this group; nil for all.
  package var group: ErrorGroup.Key?
  package var sort = JobSort()

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
  /// How often to look.
  package var interval = Duration.seconds(1)
  /// Whether not to look by itself.
  package var isPaused = false

  package init() {}

  /// How many rows to read: where no store has the order, as many as there may be, so that what
  /// comes first does.
  package var rowLimit: Int { sort.key.orders.isEmpty ? Self.mostRows : limit }

  /// Users don't scroll further than this; a filter, or the other end, is nearer.
  package static let mostRows = 5000

  /// Whether some jobs of the tab aren't shown.
  package var isFiltered: Bool { !filter.isEmpty || group != nil }

  /// Whether the same jobs are in its list, however many of them and in whatever order.
  package func lists(theSameAs other: ViewRequest) -> Bool {
    tab == other.tab && filter == other.filter && group == other.group
  }

  /// Only what decides which rows there are, whatever else is wanted beside them.
  package var rowsAlone: ViewRequest {
    var request = ViewRequest()
    (request.tab, request.filter, request.group) = (tab, filter, group)
    (request.sort, request.limit, request.searchTime) = (sort, limit, searchTime)
    return request
  }

  /// What to ask the store for.
  /// - Parameter count: how many jobs the tab has.
  package func query(of count: Int, at now: Moment) -> JobQuery {
    var query = JobQuery(states: tab.state.map { [$0] } ?? [])
    query.conditions = filter.conditions(at: now) + (group?.conditions ?? [])
    query.order = order(of: count) ?? JobOrder.newestFirst
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

  /// No more jobs than these are sorted for every look.
  private static let mostSorted = 2000
}
