/// Another job that has to end before a job may run.
public struct Prerequisite: Equatable, Sendable {
  /// The other job's id, or the beginning of a made one; checked when the job is stored.
  public var reference: String
  /// Which end of it will do.
  public var accepts: Accepted

  /// Which end of a prerequisite lets the job go on.
  public enum Accepted: Equatable, Sendable {
    /// Completed.
    case success
    /// Completed, dead or cancelled.
    case anyEnd

    /// Whether a job that has come into this state lets others go on.
    public func isMet(by state: JobState) -> Bool {
      switch self {
      case .success: state == .completed
      case .anyEnd: !state.isUnfinished
      }
    }
  }

  /// Both parts.
  public init(reference: String, accepts: Accepted) {
    self.reference = reference
    self.accepts = accepts
  }
}

/// A prerequisite of a stored job that isn't met yet.
public struct UnmetPrerequisite: Equatable, Sendable {
  /// The other job.
  public var job: JobID
  /// Where that stands.
  public var state: JobState
  /// Which end of it will do.
  public var accepts: Prerequisite.Accepted

  /// All of its parts.
  public init(job: JobID, state: JobState, accepts: Prerequisite.Accepted) {
    self.job = job
    self.state = state
    self.accepts = accepts
  }

  /// Whether it has ended otherwise than it should have: only `dlq retry` or `retry` of it helps.
  public var isStuck: Bool { !state.isUnfinished }
}
