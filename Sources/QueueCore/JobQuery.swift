/// Which jobs to show.
public struct JobQuery: Equatable, Sendable {
  /// Only these states; empty for all.
  public var states: [JobState]
  /// Only this queue; nil for all.
  public var queue: String?
  /// Only jobs whose id, command or last error contains this text, upper and lower case alike for ASCII; nil for all.
  public var search: String?
  /// Only jobs whose latest run ended with this exit status; nil for all.
  public var exitCode: Int?

  /// A query; by default for all jobs.
  public init(
    states: [JobState] = [], queue: String? = nil, search: String? = nil, exitCode: Int? = nil
  ) {
    self.states = states
    self.queue = queue
    self.search = search
    self.exitCode = exitCode
  }
}

/// Jobs, newest first, and where to go on.
public struct JobPage: Equatable, Sendable {
  /// At most as many as were asked for.
  public var jobs: [Job]
  /// What to hand in for the jobs after these; nil when there are no more.
  public var next: Cursor?

  /// A place between two jobs, in the order in which they were enqueued.
  public struct Cursor: Equatable, Sendable {
    /// Only jobs before this one are left.
    public var sequence: Int64

    /// Wraps what a store gave out.
    public init(sequence: Int64) { self.sequence = sequence }
  }

  /// A page.
  public init(jobs: [Job], next: Cursor?) {
    self.jobs = jobs
    self.next = next
  }
}

/// Which dead jobs to retry.
public enum DeadSelection: Equatable, Sendable {
  /// These; ids, or unambiguous beginnings of made ones.
  case named([String])
  /// All that match; the query's states aren't looked at.
  case matching(JobQuery)
}
