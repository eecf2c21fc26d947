import QueueCore

/// When a worker is to say that it lives, and when to look whether the others do. All times are by the uptime clock.
struct LifeSigns {
  private var nextHeartbeat: Duration
  private var nextCare: Duration
  private var lastStep: Duration

  /// Of a worker that has just registered, which was a sign of life.
  init(_ settings: Settings, at now: Duration) {
    nextHeartbeat = now + Self.heartbeatPeriod(settings)
    nextCare = now
    lastStep = now
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

  /// Whether it is time to look after the others; to be asked once in each step.
  ///
  /// A worker that was itself away for long, as all are when a machine or a container sleeps, first gives the others time to say that they
  /// live.
  mutating func isCareDue(_ settings: Settings, at now: Duration) -> Bool {
    defer { lastStep = now }
    let absence = now - lastStep
    // Added up, as a division of durations takes longer than all else that a step does here.
    if absence + absence + absence > settings.lease {
      nextCare = now + Self.heartbeatPeriod(settings) * 2
    }
    guard now >= nextCare else { return false }
    nextCare = now + settings.pollInterval
    return true
  }

  /// Often enough that several may fail before the lease ends.
  private static func heartbeatPeriod(_ settings: Settings) -> Duration {
    min(settings.lease / 6, .seconds(5))
  }
}
