import QueueCore

/// A walk through all schedules, page by page, that corrects next times after the wall clock was
/// set back or zone files changed.
struct ScheduleReview {
  let cause: RescheduleCause
  /// The clocks when it began. If a clock is set meanwhile, the review starts over.
  let clocks: ClockRecord
  /// The last schedule that was looked at.
  var last: ScheduleID?
  /// How many schedules got another next time.
  var moved = 0

  init(_ cause: RescheduleCause, at now: Moment) {
    self.cause = cause
    clocks = ClockRecord(now)
  }

  func move(of schedule: Schedule, in zone: ZoneRules, at now: Timestamp) -> ScheduleMove? {
    switch cause {
    case .clockSetBack(let setback): schedule.reviewed(afterSetback: setback, in: zone, at: now)
    case .zoneFiles: schedule.reviewed(in: zone, at: now)
    }
  }
}
