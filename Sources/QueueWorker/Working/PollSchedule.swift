import QueueCore

/// When an idle worker polls without a ring: when a job is due, or after the wall clock was set.
struct PollSchedule {
  /// In uptime; nil if no job is due by time.
  private(set) var due: Duration? = .zero
  private var wallOffset: Duration?

  private static let largestDrift = Duration.milliseconds(500)

  mutating func lookSoon() { due = .zero }

  mutating func foundNothing(dueIn wait: Duration?, at now: Moment) {
    wallOffset = Self.offset(at: now)
    due = wait.map { now.uptime + $0 }
  }

  func isTime(at now: Moment) -> Bool {
    if let due, due <= now.uptime { return true }
    guard let wallOffset else { return false }
    let jump = Self.offset(at: now) - wallOffset
    return jump > Self.largestDrift || jump < .zero - Self.largestDrift
  }

  private static func offset(at now: Moment) -> Duration {
    .milliseconds(now.wall.milliseconds) - now.uptime
  }
}
