/// In which order jobs are shown.
public struct JobOrder: Equatable, Sendable {
  /// What jobs are ordered by; those that are alike in it, by when they were enqueued.
  public var key: Key
  /// Whether the smallest, oldest or lowest come first instead of last.
  public var isReversed: Bool

  /// What jobs can be ordered by.
  public enum Key: String, CaseIterable, Sendable {
    /// When it was enqueued.
    case created
    /// When it came into its state.
    case updated
    /// Its priority.
    case priority
    /// How long its latest run took, or has taken so far.
    case runtime
    /// How many of its runs ended by its own doing.
    case attempts
  }

  /// The newest first.
  public static let newestFirst = JobOrder(.created)

  /// The largest first, unless reversed.
  public init(_ key: Key, isReversed: Bool = false) {
    self.key = key
    self.isReversed = isReversed
  }

  /// How many jobs are sorted where no index has them in order.
  public static let mostSorted = 10_000

  /// Whether jobs in these states, in all for none, lie in this order already, so that a page costs
  /// the same however many there are.
  public func isKept(for states: [JobState]) -> Bool {
    switch key {
    case .created: true
    case .updated: !states.isEmpty && states.allSatisfy { !$0.isUnfinished }
    case .priority, .runtime, .attempts: false
    }
  }

  /// Checks that a query in this order is bounded work.
  /// - Throws: ``StoreError`` that says why it isn't done, and what to do.
  public func check(_ query: JobQuery, against summary: QueueSummary) throws(StoreError) {
    guard !isKept(for: query.states) else { return }
    let states = query.states.isEmpty ? JobState.allCases : query.states
    let count = states.reduce(0) { $0 + summary.count($1, queue: query.queue) }
    guard count > Self.mostSorted else { return }
    let hint =
      key == .updated
      ? "completed, dead and cancelled jobs are kept in that order, or choose" : "choose"
    throw StoreError(
      .tooMany,
      "\(count) jobs would have to be sorted by \(key.rawValue), and more than \(Self.mostSorted) "
        + "aren't: \(hint) fewer with --state and --queue")
  }

  /// The value that a job has in this order, besides its place in the order of arrival.
  public func value(of job: Job, at now: Moment) -> Int64 {
    switch key {
    case .created: 0
    case .updated: job.updatedAt.milliseconds
    case .priority: Int64(job.priority)
    case .attempts: Int64(job.attempts)
    case .runtime:
      job.latestRun.map { ($0.elapsed ?? now.wall - $0.startedAt).milliseconds } ?? -1
    }
  }

  /// Whether one place comes before another in this order.
  public func places(_ left: JobPage.Cursor, before right: JobPage.Cursor) -> Bool {
    let (left, right) = (isReversed ? right : left, isReversed ? left : right)
    return left.value == right.value ? left.sequence > right.sequence : left.value > right.value
  }
}
