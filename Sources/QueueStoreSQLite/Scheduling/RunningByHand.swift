public import QueueCore

extension SQLiteJobStore {
  /// Enqueues as a due time does, but leaves the schedule's times as they are.
  public func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    try changeRethrowing(seen: onEnqueue) {
      var schedule = try schedule(name)
      let id = try enqueueByHand(
        &schedule, isBesideOthers: isBesideOthers, settings: settings, at: now)
      try write(schedule)
      return id
    }
  }
}
