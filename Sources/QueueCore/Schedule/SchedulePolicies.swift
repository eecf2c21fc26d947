/// The treatment of a due time while an earlier job of the schedule is unfinished: pending,
/// processing or failed.
public enum Overlap: String, CaseIterable, Sendable {
  /// Nothing is enqueued; the time counts as skipped.
  case skip
  /// The job waits for the end of the earlier one; at most one waits.
  case queue
  /// The earlier job is cancelled, and the new one waits for its end.
  case replace
  /// Both run.
  case allow

  /// The action for one due time.
  public enum Step: Equatable, Sendable {
    /// Enqueue, ready at once.
    case enqueue
    /// Enqueue behind the unfinished jobs, whatever their end.
    case enqueueBehind
    /// Cancel the unfinished jobs and enqueue behind them, whatever their end.
    case cancelAndEnqueue
    /// Skip it.
    case skip

    /// Whether the new job waits for the end of the earlier ones.
    public var waitsForEarlier: Bool { self == .enqueueBehind || self == .cancelAndEnqueue }
  }

  /// Returns the action for one due time.
  /// - Parameters:
  ///   - unfinished: jobs of the schedule that are pending, processing or failed.
  ///   - pending: those of them that wait for a worker.
  public func step(unfinished: Int, pending: Int) -> Step {
    guard unfinished > 0 else { return .enqueue }
    return switch self {
    case .skip: .skip
    case .queue: pending > 0 ? .skip : .enqueueBehind
    case .replace: .cancelAndEnqueue
    case .allow: .enqueue
    }
  }
}

/// The treatment of times that passed while no worker ran.
public enum MissedPolicy: String, CaseIterable, Sendable {
  /// One job for the latest of them.
  case one
  /// One job for each, up to the schedule's limit; the oldest are dropped.
  case all
  /// None, unless a worker finds the time within a minute.
  case none
}
