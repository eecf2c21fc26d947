/// Which jobs that have ended are to be removed.
public struct RemovalQuery: Equatable, Sendable {
  /// Completed, dead or cancelled.
  public var state: JobState
  /// Only those that ended this long ago or longer; nil for all.
  public var age: Duration?
  /// Only those that match; its states aren't looked at.
  public var jobs: JobQuery
  /// Whether dead jobs stay for whom the command of `on-dead` hasn't been run yet.
  public var sparesUnnoticed: Bool

  /// All that ended in `state`, unless it is said otherwise.
  public init(
    _ state: JobState, age: Duration? = nil, jobs: JobQuery = JobQuery(),
    sparesUnnoticed: Bool = false
  ) {
    precondition(!state.isUnfinished, "unfinished jobs are never removed")
    self.state = state
    self.age = age
    self.jobs = jobs
    self.sparesUnnoticed = sparesUnnoticed
  }
}

/// What one step of a removal did.
public struct RemovalStep: Equatable, Sendable {
  /// The jobs that were removed, or would be.
  public var jobs: [JobID]
  /// Their runs, whose logs belong to nothing any more.
  public var runs: [RunID]
  /// How many were left, as others wait for them.
  public var neededCount: Int
  /// Where to go on; nil when all were looked at.
  public var next: Cursor?

  /// A place between two jobs, in the order in which they ended.
  public struct Cursor: Equatable, Sendable {
    /// When the last one before it ended.
    public var endedAt: Timestamp
    /// Its place in the order of arrival.
    public var sequence: Int64

    /// Wraps what a store gave out.
    public init(endedAt: Timestamp, sequence: Int64) {
      self.endedAt = endedAt
      self.sequence = sequence
    }
  }

  /// A step that has done nothing.
  public init() {
    jobs = []
    runs = []
    neededCount = 0
  }
}
