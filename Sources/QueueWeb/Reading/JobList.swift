package import QueueCore
package import QueueOperations

/// One page of a job list.
package struct JobList: Sendable {
  /// The choices in an address.
  package struct Choice: Equatable, Sendable {
    package var state: JobState?
    package var filter: FilterText
    package var sort: JobOrder
    package var after: JobPage.Cursor?
    /// Jobs per page.
    package var limit: Int

    /// - Parameter sort: nil for the default order.
    package init(
      _ state: JobState?, filter: FilterText, sort: JobOrder.Key?, isReversed: Bool,
      after: JobPage.Cursor?, limit: Int = JobList.pageSize
    ) {
      self.state = state
      self.filter = filter
      self.sort = JobOrder(sort ?? Self.usualKey(of: state), isReversed: isReversed)
      self.after = after
      self.limit = limit
    }

    /// - Parameter fields: `q`, `sort`, `reverse`, `after` of a page; invalid ones are ignored.
    package init(_ state: JobState?, _ fields: FormFields) {
      self.init(
        state, filter: FilterText(fields["q"] ?? ""),
        sort: fields["sort"].flatMap { JobOrder.Key(rawValue: $0) },
        isReversed: fields["reverse"] == "1",
        after: fields["after"].flatMap { JobPage.Cursor(text: $0) })
    }

    /// The default order.
    package var usualKey: JobOrder.Key { Self.usualKey(of: state) }

    private static func usualKey(of state: JobState?) -> JobOrder.Key {
      JobOrder(.updated).isKept(for: state.map { [$0] } ?? []) ? .updated : .created
    }

    /// - Parameter workers: returns the queue's workers, for filters by host.
    package func query(
      at now: Moment, workers: () throws(StoreError) -> [WorkerRecord]
    ) throws(StoreError) -> JobQuery {
      var query = JobQuery(states: state.map { [$0] } ?? [])
      query.conditions = try filter.conditions(at: now, workers: workers)
      query.order = sort
      return query
    }
  }

  package let choice: Choice
  package let jobs: [Job]
  /// The cursor of the next page; nil at the end.
  package let next: JobPage.Cursor?
  /// The number of matches; nil without a filter.
  package let found: Int?
  /// The number of jobs searched before the time limit; nil if all were.
  package let searched: Int?
  /// Why the rows can't be read; nil if they were.
  package let problem: String?

  package static let pageSize = 50
  /// The time limit of a search.
  private static let searchTime = Duration.milliseconds(500)
  private static let searchStep = 5000

  package init(
    _ choice: Choice, _ store: any QueueReader, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) {
    self.choice = choice
    let query = try choice.query(at: now) { () throws(StoreError) in try store.workers() }
    do throws(StoreError) {
      try query.order.check(query, against: try store.summary())
      guard !choice.filter.isEmpty else {
        let page = try store.jobs(query, limit: choice.limit, after: choice.after, at: now)
        (jobs, next, found, searched, problem) = (page.jobs, page.next, nil, nil, nil)
        return
      }
      (jobs, next, found, searched) = try Self.search(query, choice, store, host, at: now)
      problem = nil
    } catch {
      guard error.code == .tooMany else { throw error }
      (jobs, next, found, searched, problem) = ([], nil, nil, nil, error.message)
    }
  }

  private static func search(
    _ query: JobQuery, _ choice: Choice, _ store: any QueueReader, _ host: MonitorDependencies,
    at now: Moment
  ) throws(StoreError) -> (jobs: [Job], next: JobPage.Cursor?, found: Int, searched: Int?) {
    let deadline = host.now().uptime + searchTime
    var jobs: [Job] = []
    var (found, examined) = (0, 0)
    var cursor = choice.after
    repeat {
      let step = try store.search(
        query, limit: max(0, choice.limit - jobs.count), examining: searchStep, after: cursor,
        at: now)
      jobs += step.jobs
      found += step.found
      examined += step.examined
      cursor = step.next
    } while cursor != nil && host.now().uptime < deadline
    let searched = cursor == nil ? nil : examined
    guard found > choice.limit else { return (jobs, cursor, found, searched) }
    // Ends within the part that was searched, so it doesn't take longer.
    let page = try store.jobs(query, limit: choice.limit, after: choice.after, at: now)
    return (page.jobs, page.next, found, searched)
  }
}

extension JobPage.Cursor {
  /// The form in addresses.
  package var text: String { "\(value).\(sequence)" }

  package init?(text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let value = Int64(parts[0]), let sequence = Int64(parts[1]) else {
      return nil
    }
    self.init(value: value, sequence: sequence)
  }
}
