package import QueueCore
package import QueueHost

/// An operator's changes to schedules. Idle workers are notified, because the next time may be
/// sooner than the time they wait for.
package struct ScheduleActions {
  private let store: any ScheduleStore & ScheduleIntake
  private let bell: any Bell

  /// Creates the actions of one queue.
  package init(store: any ScheduleStore & ScheduleIntake, bell: any Bell) {
    self.store = store
    self.bell = bell
  }

  /// Stores a schedule; see ``ScheduleStore/addSchedule(_:in:at:)``.
  package func add(_ new: NewSchedule, in zone: ZoneRules, at now: Moment) throws -> Schedule {
    let schedule = try store.addSchedule(new, in: zone, at: now)
    bell.ring(.work)
    return schedule
  }

  /// Stores schedules, all or none; see ``ScheduleIntake/addSchedules(_:at:)``.
  package func add(_ additions: [ScheduleAddition], at now: Moment) throws {
    try store.addSchedules(additions, at: now)
    bell.ring(.work)
  }

  /// Enqueues a schedule's job now; see
  /// ``ScheduleStore/runSchedule(_:isBesideOthers:settings:at:)``.
  package func run(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    let id = try store.runSchedule(
      name, isBesideOthers: isBesideOthers, settings: settings, at: now)
    bell.ring(.work)
    return id
  }

  /// Changes a schedule; see ``ScheduleStore/changeSchedule(_:at:_:)``.
  package func change(
    _ name: String, at now: Moment,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    let changed = try store.changeSchedule(name, at: now, body)
    bell.ring(.work)
    return changed
  }
}
