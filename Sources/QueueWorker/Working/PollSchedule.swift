import QueueCore

/// When an idle worker looks for work though nobody rang: when a job falls due, and when the wall
/// clock was set, by which jobs are due.
struct PollSchedule {
  /// By the uptime clock; nil when nothing is due by time.
  private(set) var due: Duration? = .zero
  private var wallOffset: Duration?

  private static let largestDrift = Duration.milliseconds(500)

  /// Has it look in the next step.
  mutating func lookSoon() { due = .zero }

  /// Takes note that there was nothing to do.
  /// - Parameter wait: until a job falls due; nil when none will.
  mutating func foundNothing(dueIn wait: Duration?, at now: Moment) {
    wallOffset = Self.offset(at: now)
    due = wait.map { now.uptime + $0 }
  }

  /// Whether it is time to look.
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
