/// Where a job is in its life. The words are the same in SQL, JSON, on screen and in the docs.
public enum JobState: String, CaseIterable, Sendable {
  /// Waiting for a worker, or for its time.
  case pending
  /// Being run by a worker.
  case processing
  /// Ended with exit status 0.
  case completed
  /// Failed, and waiting for its backoff to end; then it is claimed again.
  case failed
  /// Out of retries: in the dead letter queue.
  case dead
  /// Taken out by its user before it ended.
  case cancelled

  /// The states of jobs that can be run again, or sooner, by hand.
  public static let retryable: [JobState] = [.failed, .dead, .cancelled]

  /// Whether the job still has something to run.
  public var isUnfinished: Bool {
    switch self {
    case .pending, .processing, .failed: true
    case .completed, .dead, .cancelled: false
    }
  }
}
