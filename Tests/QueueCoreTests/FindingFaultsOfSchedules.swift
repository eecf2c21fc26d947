import QueueCore
import QueueTestSupport
import Testing

/// What is wrong with a schedule, from its row and the time alone.
@Suite struct FindingFaultsOfSchedules {
  static let now = ManualClock.start.wall

  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let faults: [ScheduleFault]
    let check: ScheduleCheck
    let change: @Sendable (inout Schedule) -> Void

    init(
      _ description: String, _ faults: [ScheduleFault], by check: ScheduleCheck = ScheduleCheck(),
      _ change: @escaping @Sendable (inout Schedule) -> Void = { _ in }
    ) {
      testDescription = description
      (self.faults, self.check, self.change) = (faults, check, change)
    }
  }

  private static let within = ScheduleCheck(within: .seconds(3600))
  private static let named: ScheduleCheck = {
    var check = ScheduleCheck()
    check.mustGoOn = true
    return check
  }()

  static let examples = [
    Example("nothing is wrong", []),
    Example("due this moment", []) { $0.nextAt = now },
    Example("five minutes late", []) { $0.nextAt = now + .seconds(-300) },
    Example("later than that", [.late(.milliseconds(300_001))]) {
      $0.nextAt = now + .milliseconds(-300_001)
    },
    Example("a minute late, in a table", [], by: .display) { $0.nextAt = now + .seconds(-60) },
    Example("later, in a table", [.late(.seconds(61))], by: .display) {
      $0.nextAt = now + .seconds(-61)
    },
    Example("late, but paused", []) {
      $0.nextAt = now + .seconds(-86_400)
      $0.pausedAt = now
    },
    Example("skipped three times", []) { $0.tally.skipsInRow = 3 },
    Example("skipped four times", [.skipping(4)]) { $0.tally.skipsInRow = 4 },
    Example("its last job died", [.failing(1)]) { $0.tally.failuresInRow = 1 },
    Example("its job is invalid", [.broken("no")]) { $0.problem = "no" },
    Example(
      "all at once, in order",
      [.broken("no"), .late(.seconds(900)), .skipping(9), .failing(2)]
    ) {
      $0.problem = "no"
      $0.nextAt = now + .seconds(-900)
      $0.tally.skipsInRow = 9
      $0.tally.failuresInRow = 2
    },
    Example("no success yet, but added just now", [], by: within),
    Example("none since it was added", [.overdue(.seconds(3601), success: nil)], by: within) {
      $0 = Schedule(id: $0.id, name: "a", $0.spec, offset: .zero, createdAt: now + .seconds(-3601))
      $0.nextAt = now + .seconds(60)
    },
    Example("the last is recent", [], by: within) { $0.tally.succeededAt = now + .seconds(-3600) },
    Example(
      "the last is old", [.overdue(.seconds(3601), success: now + .seconds(-3601))], by: within
    ) { $0.tally.succeededAt = now + .seconds(-3601) },
    Example("the last is ahead by less than that", [], by: within) {
      $0.tally.succeededAt = now + .seconds(3600)
    },
    Example(
      "the last is far ahead: the clock was set back",
      [.overdue(.seconds(-3601), success: now + .seconds(3601))], by: within
    ) { $0.tally.succeededAt = now + .seconds(3601) },
    Example("paused", []) { $0.pausedAt = now },
    Example("paused and named", [.paused(since: now)], by: named) { $0.pausedAt = now },
    Example("ended", []) { $0.nextAt = nil },
    Example("ended long ago", [], by: within) {
      $0.nextAt = nil
      $0.tally.succeededAt = now + .seconds(-7200)
    },
    Example("ended and named", [.ended], by: named) { $0.nextAt = nil },
    Example("ended with a dead job", [.failing(1)]) {
      $0.nextAt = nil
      $0.tally.failuresInRow = 1
    },
  ]

  @Test(arguments: examples)
  func `a schedule's faults follow from its row and the time`(example: Example) throws {
    var schedule = try Self.schedule("a")
    example.change(&schedule)
    #expect(schedule.faults(example.check, at: Self.now) == example.faults)
  }

  @Test func `faults are counted, those of paused schedules aren't`() throws {
    #expect(ScheduleCounts([], at: Self.now).text == "0")
    var schedules = try (0..<5).map { try Self.schedule("s\($0)") }
    #expect(ScheduleCounts(schedules, at: Self.now).text == "5")
    schedules[0].nextAt = Self.now + .seconds(-3600)
    for index in 1...3 { schedules[index].tally.failuresInRow = 2 }
    schedules[3].pausedAt = Self.now
    let counts = ScheduleCounts(schedules, at: Self.now)
    #expect(counts.text == "5 (1 late, 2 failing, 1 paused)")
    #expect(counts.longestDelay == .seconds(3600))
  }

  private static func schedule(_ name: String) throws -> Schedule {
    let spec = ScheduleSpec(
      try Timing(stored: "every 60000"), zone: "UTC", job: JobSpec(command: "true"))
    return try Schedule(
      NewSchedule(name: name, spec), id: ScheduleID(1), in: .utc, database: "", at: now)
  }
}
