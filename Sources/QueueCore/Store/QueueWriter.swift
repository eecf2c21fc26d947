/// What changes a queue while others do.
public protocol QueueWriter: AnyObject {
  /// How long a change waits for those of others before it throws `busy`.
  var busyTimeout: BusyTimeout { get set }
}

/// How long a change of a store waits for others.
public enum BusyTimeout: Sendable {
  /// Longer than any change of ours takes but a bulk load of millions of jobs.
  case usual
  /// Not for so long that a run would miss to be looked after meanwhile, or a worker to be heard;
  /// it is tried again.
  case whileRunning

  /// As a time.
  public var duration: Duration {
    switch self {
    case .usual: .seconds(60)
    case .whileRunning: .milliseconds(500)
    }
  }
}
