/// A store that several processes write to.
public protocol QueueWriter: AnyObject {
  /// How long a change waits for the write lock before it throws `busy`.
  var busyTimeout: BusyTimeout { get set }
}

/// How long a change waits for the write lock.
public enum BusyTimeout: Sendable {
  /// Longer than any of our transactions except a bulk load of millions of jobs.
  case usual
  /// Short enough not to delay a running job's timeout or a heartbeat. The caller retries.
  case whileRunning

  /// The timeout as a duration.
  public var duration: Duration {
    switch self {
    case .usual: .seconds(60)
    case .whileRunning: .milliseconds(500)
    }
  }
}
