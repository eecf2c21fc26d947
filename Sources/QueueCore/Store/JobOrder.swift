/// The sort order of listed jobs.
public struct JobOrder: Equatable, Sendable {
  /// The sort key; ties are sorted by order of arrival.
  public var key: Key
  /// Whether the smallest, oldest or lowest come first.
  public var isReversed: Bool

  /// The keys that jobs can be sorted by.
  public enum Key: String, CaseIterable, Sendable {
    case created
    case updated
    case priority
    /// Run time of the latest run so far.
    case runtime
    case attempts
  }

  /// Newest first.
  public static let newestFirst = JobOrder(.created)

  /// Creates an order, largest first unless reversed.
  public init(_ key: Key, isReversed: Bool = false) {
    self.key = key
    self.isReversed = isReversed
  }

  /// The most jobs sorted without an index.
  public static let mostSorted = 10_000

  /// Whether an index keeps jobs in `states` (empty for all) in this order; pages cost the same.
  public func isKept(for states: [JobState]) -> Bool {
    switch key {
    case .created: true
    case .updated: !states.isEmpty && states.allSatisfy { !$0.isUnfinished }
    case .priority, .runtime, .attempts: false
    }
  }

  /// Throws `tooMany` if the query would sort more than ``mostSorted`` jobs.
  public func check(_ query: JobQuery, against summary: QueueSummary) throws(StoreError) {
    guard !isKept(for: query.states) else { return }
    let states = query.states.isEmpty ? JobState.allCases : query.states
    let count = states.reduce(0) { $0 + summary.count($1, queue: query.queue) }
    guard count > Self.mostSorted else { return }
    let hint =
      key == .updated
      ? "only completed, dead and cancelled jobs have an index; choose these, or" : "choose"
    throw StoreError(
      .tooMany,
      "\(count) jobs are too many to sort by \(key.rawValue), at most \(Self.mostSorted): "
        + "\(hint) fewer with --state and --queue")
  }

  /// Returns the job's sort key as stored in a cursor.
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

  /// Whether one cursor precedes another in this order.
  public func places(_ left: JobPage.Cursor, before right: JobPage.Cursor) -> Bool {
    let (left, right) = (isReversed ? right : left, isReversed ? left : right)
    return left.value == right.value ? left.sequence > right.sequence : left.value > right.value
  }
}
