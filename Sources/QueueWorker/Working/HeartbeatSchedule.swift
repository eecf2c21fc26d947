import QueueCore

/// When the next heartbeat and the next check of other workers are due, in uptime.
struct HeartbeatSchedule {
  private var nextHeartbeat: Duration
  private var nextCare: Duration

  /// Begins with the registration, which counts as a heartbeat.
  init(_ settings: Settings, at now: Duration) {
    nextHeartbeat = now + Self.heartbeatPeriod(settings)
    nextCare = now
  }

  var deadline: Duration { min(nextHeartbeat, nextCare) }

  func isHeartbeatDue(at now: Duration) -> Bool { now >= nextHeartbeat }

  mutating func speakSoon() { nextHeartbeat = .zero }

  mutating func spoke(_ settings: Settings, at now: Duration) {
    nextHeartbeat = now + Self.heartbeatPeriod(settings)
  }

  /// Returns whether the check is due, and if so schedules the next one.
  mutating func isCareDue(
    _ settings: Settings, judgingSilence: Bool, at now: Duration
  ) -> Bool {
    guard now >= nextCare else { return false }
    nextCare = now + SuspendGuard.pause(settings, judgingSilence: judgingSilence)
    return true
  }

  /// Several heartbeats may fail before the lease expires.
  static func heartbeatPeriod(_ settings: Settings) -> Duration {
    min(settings.lease / 6, longestPeriod)
  }

  static let longestPeriod = Duration.seconds(5)
}
