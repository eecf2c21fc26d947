/// Stores many schedules at once; every method is atomic, see ``JobStore``.
public protocol ScheduleIntake: AnyObject {
  /// Stores schedules, all or none.
  /// - Returns: them as stored, in order.
  /// - Throws: as ``ScheduleStore/addSchedule(_:in:at:)``.
  @discardableResult
  func addSchedules(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule]
}

/// A schedule to store, and the zone that it names.
public struct ScheduleAddition: Equatable, Sendable {
  /// The schedule.
  public var schedule: NewSchedule
  /// Its zone.
  public var zone: ZoneRules

  /// Both parts.
  public init(_ schedule: NewSchedule, in zone: ZoneRules) {
    self.schedule = schedule
    self.zone = zone
  }
}
