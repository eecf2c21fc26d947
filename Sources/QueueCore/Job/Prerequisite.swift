/// A job that must end before another may run.
public struct Prerequisite: Equatable, Sendable {
  /// The job's id, or a prefix of a generated one; checked when stored.
  public var reference: String
  /// The end states that satisfy it.
  public var accepts: Accepted

  /// The end states that satisfy a prerequisite.
  public enum Accepted: Equatable, Sendable {
    case success
    /// Completed, dead or cancelled.
    case anyEnd

    /// Whether a job in `state` satisfies it.
    public func isMet(by state: JobState) -> Bool {
      switch self {
      case .success: state == .completed
      case .anyEnd: !state.isUnfinished
      }
    }
  }

  /// Memberwise initializer.
  public init(reference: String, accepts: Accepted) {
    self.reference = reference
    self.accepts = accepts
  }
}

/// An unmet prerequisite of a stored job.
public struct UnmetPrerequisite: Equatable, Sendable {
  /// The prerequisite's id.
  public var job: JobID
  /// The prerequisite's state.
  public var state: JobState
  /// The end states that satisfy it.
  public var accepts: Prerequisite.Accepted

  /// Memberwise initializer.
  public init(job: JobID, state: JobState, accepts: Prerequisite.Accepted) {
    self.job = job
    self.state = state
    self.accepts = accepts
  }

  /// Whether it ended in a state that doesn't satisfy it; only retrying it helps.
  public var isStuck: Bool { !state.isUnfinished }
}
