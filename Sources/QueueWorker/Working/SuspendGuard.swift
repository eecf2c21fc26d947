public import QueueCore

/// Tracks how long a process has been awake, and so whether old heartbeats mean dead workers.
/// After a suspend all heartbeats are old; the first process awake must let the others send theirs.
public struct SuspendGuard {
  private var since: Duration
  private var latest: Duration

  /// Begins awake at `now`, in uptime.
  public init(at now: Duration) {
    since = now
    latest = now
  }

  /// Starts over after a store error, which may have blocked the others' heartbeats, too.
  public mutating func heldUp(at now: Duration) {
    since = now
    latest = now
  }

  /// Call it at each check of the others; more than a third of a lease between calls is a suspend.
  /// - Returns: whether the process has been awake for two heartbeats.
  public mutating func judgesSilence(_ settings: Settings, at now: Duration) -> Bool {
    let absence = now - latest
    latest = now
    // Additions, because dividing a Duration costs more than all the rest here.
    if absence + absence + absence > settings.lease { since = now }
    let awake = now - since
    return awake >= HeartbeatSchedule.longestPeriod + HeartbeatSchedule.longestPeriod
      || awake + awake + awake >= settings.lease
  }

  /// The time to the next check; at most a heartbeat's period until silence is judged.
  public static func pause(_ settings: Settings, judgingSilence: Bool) -> Duration {
    judgingSilence
      ? settings.pollInterval
      : min(settings.pollInterval, HeartbeatSchedule.heartbeatPeriod(settings))
  }
}
