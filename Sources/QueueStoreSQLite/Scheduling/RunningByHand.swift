public import QueueCore

extension SQLiteJobStore {
  /// Enqueues as a due time does, but leaves the schedule's times as they are.
  public func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    try changeRethrowing(seen: onEnqueue) {
      var schedule = try schedule(name)
      if !isBesideOthers, let (id, state) = try unfinishedJobs(of: schedule.id).first {
        throw StoreError.unfinished(id, state, of: name)
      }
      let new = try NewJob(schedule.spec.job)
      let (result, place) = try insert(new, settings: settings, at: now)
      guard case .added(let id) = result, let sequence = place else {
        throw StoreError.keyTaken(result, of: name)
      }
      let due = ScheduleMove.Due(at: try freeTime(of: schedule, at: now.wall))
      try link(new, id, sequence, to: schedule, due, .byHand, at: now)
      schedule.tally.enqueued += 1
      try write(schedule)
      return id
    }
  }

  private func freeTime(of schedule: Schedule, at now: Timestamp) throws(StoreError) -> Timestamp {
    var time = schedule.spareTime(from: now)
    while try hasOccurrence(of: schedule, at: time) {
      time = schedule.spareTime(from: time + .milliseconds(1))
    }
    return time
  }
}
