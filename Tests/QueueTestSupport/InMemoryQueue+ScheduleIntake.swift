package import QueueCore

extension InMemoryQueue {
  @discardableResult
  mutating func add(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule] {
    guard !additions.isEmpty else { return [] }
    schedules.keepClocks(at: now)
    var added: [Schedule] = []
    for addition in additions {
      added.append(
        try schedules.add(addition.schedule, in: addition.zone, queueID: id, at: now.wall))
    }
    return added
  }
}

extension InMemoryJobStore {
  @discardableResult
  package func addSchedules(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule] {
    try step { try $0.add(additions, at: now) }
  }
}
