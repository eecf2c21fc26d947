/// The state of a job; the same words in SQL, JSON, screens and docs.
public enum JobState: String, CaseIterable, Sendable {
  /// Waiting for a worker, a prerequisite or its start time.
  case pending
  /// Claimed by a worker.
  case processing
  /// Ended successfully.
  case completed
  /// Waiting for its backoff or snooze to end; then claimable again.
  case failed
  /// In the dead letter queue.
  case dead
  /// Cancelled by a user.
  case cancelled

  /// Reads a state as people type it: in any case, and in American spelling.
  public init?(typed text: String) {
    let word = text.lowercased()
    self.init(rawValue: word == "canceled" ? Self.cancelled.rawValue : word)
  }

  /// States that `retry` accepts.
  public static let retryable: [JobState] = [.failed, .dead, .cancelled]
  /// The states in which a job can be edited.
  public static let editable: [JobState] = [.pending, .failed, .dead, .cancelled]
  /// The states of jobs that may still run.
  public static let unfinished = allCases.filter(\.isUnfinished)
  /// The states that no job leaves by itself.
  public static let ended = allCases.filter { !$0.isUnfinished }

  /// Whether the job may still run.
  public var isUnfinished: Bool {
    switch self {
    case .pending, .processing, .failed: true
    case .completed, .dead, .cancelled: false
    }
  }
}
