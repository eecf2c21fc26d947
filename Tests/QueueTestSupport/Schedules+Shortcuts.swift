package import QueueCore

extension JobStore {
  /// Stores a schedule in UTC whose job is `true`.
  /// - Parameters:
  /// - timing: in the stored form: `0 3 * * *`, `every 60000`.
  /// - change: changes its definition before.
  @discardableResult
  package func addSchedule(
    _ name: String, _ timing: String, at now: Moment,
    _ change: (inout ScheduleSpec) throws -> Void = { _ in }
  ) throws -> Schedule {
    var spec = ScheduleSpec(
      try Timing(stored: timing), zone: "UTC", job: JobSpec(command: "true"))
    try change(&spec)
    return try addSchedule(try NewSchedule(name: name, spec), in: .utc, at: now)
  }

  /// The moves of all schedules that are due, all in UTC.
  package func dueMoves(at now: Moment) throws -> [ScheduleMove] {
    try dueSchedules(atMost: 100, at: now).schedules.compactMap {
      ScheduleMove.after($0, in: .utc, at: now.wall)
    }
  }

  /// Moves all schedules that are due, all in UTC.
  @discardableResult
  package func enqueueDue(
    settings: Settings = Settings(), at now: Moment
  ) throws -> [ScheduleAdvance] {
    try advance(try dueMoves(at: now), settings: settings, at: now)
  }
}
