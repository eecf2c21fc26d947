/// Selects and orders jobs.
public struct JobQuery: Equatable, Sendable {
  /// Only these states; empty for all.
  public var states: [JobState]
  /// Only this queue; nil for all.
  public var queue: String?
  /// Only jobs with this text in id, command or last error, ignoring ASCII case; nil for all.
  public var search: String?
  /// Only jobs whose latest run has one of these ``RunEnd/shellStatus``es; nil for all.
  public var exitStatuses: ExitStatusSet?
  /// Only jobs that have all of these tags.
  public var tags: [String] = []
  /// Only jobs whose state last changed before this time; nil for all.
  public var updatedBefore: Timestamp?
  /// Only jobs whose state last changed at or after this time; nil for all.
  public var updatedSince: Timestamp?
  /// Only jobs that meet all of these.
  public var conditions: [JobPredicate] = []
  /// The sort order.
  public var order = JobOrder.newestFirst

  /// Creates a query; by default all jobs, newest first.
  public init(
    states: [JobState] = [], queue: String? = nil, search: String? = nil,
    exitStatuses: ExitStatusSet? = nil
  ) {
    self.states = states
    self.queue = queue
    self.search = search
    self.exitStatuses = exitStatuses
  }
}

extension JobQuery {
  /// Whether pages are read along the rows of the first tag, which are in order of arrival.
  public var isAlongTag: Bool { order.key == .created && !tags.isEmpty }

  /// The states to read one by one, each along its own index; nil for all at once. Along a tag, a
  /// state without jobs would be looked for among all of the tag.
  public var separateStates: [JobState?] {
    states.isEmpty || (states.count > 1 && isAlongTag) ? [nil] : Array(Set(states))
  }

  /// The ``conditions``, with ``search`` and ``exitStatuses`` added.
  public var allConditions: [JobPredicate] {
    let named = [
      search.map { JobPredicate.Test.anywhere($0) }, exitStatuses.map { .exit($0) },
    ]
    return conditions + named.compactMap { $0 }.map { JobPredicate($0) }
  }

  /// The size of the page after `count` jobs, for a reader of all. Each page of blocked jobs looks
  /// for all of them again, so their pages grow; more would hold up a checkpoint.
  public func pageSize(after count: Int) -> Int {
    conditions.contains(JobPredicate(.blocked))
      ? min(max(count, Self.usualPage), Self.largestPage) : Self.usualPage
  }

  private static let usualPage = 500
  private static let largestPage = 20_000

  /// Whether it selects by more than state and queue, so that a summary can't count its jobs.
  public var isNarrow: Bool {
    !allConditions.isEmpty || !tags.isEmpty || updatedBefore != nil || updatedSince != nil
  }
}

/// Jobs in the order of a query, and the cursor of the next page.
public struct JobPage: Equatable, Sendable {
  /// At most as many as requested.
  public var jobs: [Job]
  /// The cursor of the next page; nil at the end.
  public var next: Cursor?

  /// A position after a job, in the order of a query.
  public struct Cursor: Equatable, Sendable {
    /// The sort key of that job.
    public var value: Int64
    /// The sequence number of that job.
    public var sequence: Int64

    /// Memberwise initializer.
    public init(value: Int64, sequence: Int64) {
      self.value = value
      self.sequence = sequence
    }
  }

  /// Memberwise initializer.
  public init(jobs: [Job], next: Cursor?) {
    self.jobs = jobs
    self.next = next
  }
}

/// The result of one step of ``QueueReader/search(_:limit:examining:after:at:)``.
public struct JobSearchStep: Equatable, Sendable {
  /// The first matches, at most as many as requested.
  public var jobs: [Job]
  /// The number of matches among the jobs examined.
  public var found: Int
  /// The number of jobs examined.
  public var examined: Int
  /// The cursor of the next step; nil at the end.
  public var next: JobPage.Cursor?

  /// Memberwise initializer.
  public init(jobs: [Job], found: Int, examined: Int, next: JobPage.Cursor?) {
    self.jobs = jobs
    self.found = found
    self.examined = examined
    self.next = next
  }
}
