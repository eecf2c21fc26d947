package import QueueCore

/// What the screen needs to know now: the order that the reading side works by.
package struct Look: Equatable, Sendable {
  /// Which jobs are listed.
  package var tab = JobTab.all
  package var filter = FilterText("")
  /// Only dead jobs of this group; nil for all.
  package var group: ErrorGroup.Key?
  package var sort = SortKey.age
  package var isReversed = false

  /// The order of the rows.
  package struct Sort: Equatable, Sendable {
    package var key = SortKey.age
    package var isReversed = false

    package init() {}
  }

  /// ``sort`` and ``isReversed`` together.
  package var order: Sort {
    get {
      var order = Sort()
      (order.key, order.isReversed) = (sort, isReversed)
      return order
    }
    set { (sort, isReversed) = (newValue.key, newValue.isReversed) }
  }

  /// How many rows are wanted.
  package var limit = 100
  /// How long to search for what a filter matches.
  package var searchTime = Look.typingTime

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
  package var rowLimit: Int { sort.orders.isEmpty ? Self.mostRows : limit }

  /// Users don't scroll further than this; a filter, or the other end, is nearer.
  package static let mostRows = 5000

  /// Whether some jobs of the tab aren't shown.
  package var isFiltered: Bool { !filter.isEmpty || group != nil }

  /// Whether the same jobs are in its list, however many of them and in whatever order.
  package func lists(theSameAs other: Look) -> Bool {
    tab == other.tab && filter == other.filter && group == other.group
  }

  /// Only what decides which rows there are, whatever else is wanted beside them.
  package var rowsAlone: Look {
    var look = Look()
    (look.tab, look.filter, look.group) = (tab, filter, group)
    (look.sort, look.isReversed) = (sort, isReversed)
    (look.limit, look.searchTime) = (limit, searchTime)
    return look
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
    for key in sort.orders {
      let order = JobOrder(key, isReversed: isReversed)
      if order.isKept(for: states) || (tab != .all && count <= Self.mostSorted) { return order }
    }
    return nil
  }

  /// No more jobs than these are sorted for every look.
  private static let mostSorted = 2000
}
