public import QueueCore

/// How long somebody has been awake without a break, and so whether it may take the silence of
/// others for their end.
///
/// When a machine or a container sleeps, all are silent. Who wakes first, or is started right then,
/// must give the others time to say that they live.
public struct SuspendGuard {
  private var since: Duration
  private var latest: Duration

  /// Of somebody who has just been started.
  /// - Parameter now: by the uptime clock, as all times here.
  public init(at now: Duration) {
    since = now
    latest = now
  }

  /// Takes note that the store couldn't be reached: the others may have been kept from saying that
  /// they live by the same cause.
  public mutating func heldUp(at now: Duration) {
    since = now
    latest = now
  }

  /// Takes note of a look at the others; to be called at each.
  /// - Returns: whether it was awake for as long as two of their signs of life take. A break is a
  ///   third of a lease without a look.
  public mutating func judgesSilence(_ settings: Settings, at now: Duration) -> Bool {
    let absence = now - latest
    latest = now
    // Added up, as a division of durations takes longer than all else that a step does here.
    if absence + absence + absence > settings.lease { since = now }
    let awake = now - since
    return awake >= HeartbeatSchedule.longestPeriod + HeartbeatSchedule.longestPeriod
      || awake + awake + awake >= settings.lease
  }

  /// How long it is until the next look at the others: no longer than a heartbeat's period until
  /// silence is judged.
  public static func pause(_ settings: Settings, judgingSilence: Bool) -> Duration {
    judgingSilence
      ? settings.pollInterval
      : min(settings.pollInterval, HeartbeatSchedule.heartbeatPeriod(settings))
  }
}
