/// Which jobs to show.
public struct JobQuery: Equatable, Sendable {
  /// Only these states; empty for all.
  public var states: [JobState]
  /// Only this queue; nil for all.
  public var queue: String?
  /// Only jobs whose id, command or last error contains this text, upper and lower case alike for
  /// ASCII; nil for all.
  public var search: String?
  /// Only jobs whose latest run has this ``RunEnd/shellStatus``; nil for all.
  public var exitStatus: Int?
  /// Only jobs that came into their state before this moment; nil for all.
  public var updatedBefore: Timestamp?
  /// Only jobs that came into their state at this moment or after it; nil for all.
  public var updatedSince: Timestamp?
  /// Only jobs that meet all of these.
  public var conditions: [JobPredicate] = []
  /// In which order they are shown.
  public var order = JobOrder.newestFirst

  /// A query; by default for all jobs, the newest first.
  public init(
    states: [JobState] = [], queue: String? = nil, search: String? = nil, exitStatus: Int? = nil
  ) {
    self.states = states
    self.queue = queue
    self.search = search
    self.exitStatus = exitStatus
  }
}

extension JobQuery {
  /// All ``conditions``, those of ``search`` and ``exitStatus`` included.
  public var allConditions: [JobPredicate] {
    let named = [
      search.map { JobPredicate.Test.anywhere($0) }, exitStatus.map { .shellStatus($0) },
    ]
    return conditions + named.compactMap { $0 }.map { JobPredicate($0) }
  }
}

/// Jobs in the order asked for, and where to go on.
public struct JobPage: Equatable, Sendable {
  /// At most as many as were asked for.
  public var jobs: [Job]
  /// What to hand in for the jobs after these; nil when there are no more.
  public var next: Cursor?

  /// A place between two jobs, in the order of a query.
  public struct Cursor: Equatable, Sendable {
    /// What the last job before it has in that order.
    public var value: Int64
    /// That job's place in the order in which they were enqueued.
    public var sequence: Int64

    /// Wraps what a store gave out.
    public init(value: Int64, sequence: Int64) {
      self.value = value
      self.sequence = sequence
    }
  }

  /// A page.
  public init(jobs: [Job], next: Cursor?) {
    self.jobs = jobs
    self.next = next
  }
}

/// What one step of a search came to, see ``JobStore/search(_:limit:examining:after:at:)``.
public struct JobSearchStep: Equatable, Sendable {
  /// The first of those that match: at most as many as were asked for.
  public var jobs: [Job]
  /// How many match, of those that were looked at.
  public var found: Int
  /// How many were looked at.
  public var examined: Int
  /// Where to go on; nil when all were looked at.
  public var next: JobPage.Cursor?

  /// All of its parts.
  public init(jobs: [Job], found: Int, examined: Int, next: JobPage.Cursor?) {
    self.jobs = jobs
    self.found = found
    self.examined = examined
    self.next = next
  }
}
