import QueueCore
import QueueTestSupport

extension World {
  private static let names = ["s1", "s2", "s3"]

  /// Somebody adds, changes or removes a schedule.
  func schedule() {
    let name = chance.pick(Self.names) ?? ""
    switch chance.number(1...10) {
    case 1...4: addSchedule(name)
    case 5...6: editSchedule(name)
    case 7: pauseSchedule(name)
    case 8: resumeSchedule(name)
    case 9:
      runCommand("schedule remove") { _, store in _ = try store.removeSchedule(name) }
    default:
      guard rulebook.ledger.jobs.count < Self.mostJobs else { return }
      runCommand("schedule run") { _, store in
        _ = try store.runSchedule(
          name, isBesideOthers: chance.happens(0.5), settings: try store.settings(),
          at: clock.now())
      }
    }
    ring()
  }

  /// More make a simulation slow, as each call looks at all of them.
  static let mostJobs = 60

  private func addSchedule(_ name: String) {
    runCommand("schedule add") { _, store in
      let new = try NewSchedule(name: name, try newSpec())
      _ = try store.addSchedule(new, in: .utc, at: clock.now())
    }
  }

  private func newSpec() throws -> ScheduleSpec {
    let timings = ["every 5000", "every 20000", "every 60000", "* * * * *", "5 8 * * *"]
    var job = JobSpec(command: (chance.pick(JobCharacter.allCases) ?? .good).rawValue)
    job.timeout = chance.milliseconds(500...10_000)
    job.maxRetries = chance.number(0...2)
    var spec = ScheduleSpec(
      try Timing(stored: chance.pick(timings) ?? "@daily"), zone: "UTC", job: job)
    spec.overlap = chance.pick(Overlap.allCases) ?? .skip
    spec.missed = chance.pick(MissedPolicy.allCases) ?? .one
    spec.missedLimit = chance.number(1...4)
    spec.late = chance.happens(0.2) ? chance.milliseconds(1000...60_000) : nil
    spec.timesLeft = chance.happens(0.3) ? chance.number(1...5) : nil
    return spec
  }

  private func editSchedule(_ name: String) {
    runCommand("schedule edit") { _, store in
      let now = clock.now()
      let other = try newSpec()
      let changesTimes = chance.happens(0.4)
      _ = try store.changeSchedule(name, at: now) { schedule, queueID in
        var spec = schedule.spec
        if changesTimes { spec.timing = other.timing }
        (spec.overlap, spec.missed, spec.job) = (other.overlap, other.missed, other.job)
        return try schedule.edited(to: spec, in: .utc, database: queueID, at: now.wall)
      }
    }
  }

  private func pauseSchedule(_ name: String) {
    runCommand("schedule pause") { _, store in
      let now = clock.now()
      _ = try store.changeSchedule(name, at: now) { schedule, _ in
        .init(schedule: schedule.paused(at: now.wall))
      }
    }
  }

  func resumeSchedule(_ name: String) {
    runCommand("schedule resume") { _, store in
      let now = clock.now()
      _ = try store.changeSchedule(name, at: now) { schedule, _ in
        schedule.resumed(in: .utc, at: now.wall)
      }
    }
  }

  /// Workers get time for all schedules; then these are paused, as they would never end.
  func bringSchedulesToRest() throws {
    let names = try observer.schedules().map(\.name)
    guard !names.isEmpty else { return }
    var unrest: String?
    for _ in 0..<200 where violation == nil {
      stepAll()
      // Where the wall clock is ahead, times come first.
      let now = hosts.map { $0.clock.now() }.max { $0.wall < $1.wall } ?? clock.now()
      let boots = boots
      unrest = try observer.schedules().lazy
        .compactMap { ScheduleLedger.unrest($0, boots: boots, at: now) }.first
      if unrest == nil { break }
      passTime(.milliseconds(500))
    }
    guard violation == nil else { return }
    if let unrest { return broke(Violation(.schedulesGoOn, unrest)) }
    for name in names { pauseSchedule(name) }
  }
}
