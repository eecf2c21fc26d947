import QueueCore

/// When a worker is to say that it lives, and when to look whether the others do. All times are by
/// the uptime clock.
struct HeartbeatSchedule {
  private var nextHeartbeat: Duration
  private var nextCare: Duration

  /// Of a worker that has just registered, which was a sign of life.
  init(_ settings: Settings, at now: Duration) {
    nextHeartbeat = now + Self.heartbeatPeriod(settings)
    nextCare = now
  }

  /// When the next of either is due.
  var deadline: Duration { min(nextHeartbeat, nextCare) }

  /// Whether it is time to speak.
  func isHeartbeatDue(at now: Duration) -> Bool { now >= nextHeartbeat }

  /// Has it speak in the next step.
  mutating func speakSoon() { nextHeartbeat = .zero }

  /// Takes note of a sign of life.
  mutating func spoke(_ settings: Settings, at now: Duration) {
    nextHeartbeat = now + Self.heartbeatPeriod(settings)
  }

  /// Whether it is time to look after the others; then the next time is set.
  mutating func isCareDue(
    _ settings: Settings, judgingSilence: Bool, at now: Duration
  ) -> Bool {
    guard now >= nextCare else { return false }
    nextCare = now + SuspendGuard.pause(settings, judgingSilence: judgingSilence)
    return true
  }

  /// Often enough that several may fail before the lease ends.
  static func heartbeatPeriod(_ settings: Settings) -> Duration {
    min(settings.lease / 6, longestPeriod)
  }

  static let longestPeriod = Duration.seconds(5)
}
