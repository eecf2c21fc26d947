import QueueCore
import QueueTestSupport
import Testing

@Suite struct CheckingSchedules {
  private static func spec(_ timing: String = "0 3 * * *") throws -> ScheduleSpec {
    ScheduleSpec(try Timing(stored: timing), zone: "Europe/Berlin", job: .example)
  }

  /// A change of a valid schedule, and the refusal of it.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let field: String
    let problem: String
    let change: @Sendable (inout ScheduleSpec) throws -> Void

    var testDescription: String { "\(field) \(problem)" }
  }

  static let refusals = [
    Refusal(
      field: "zone",
      problem: "\"../../etc/passwd\" isn't the name of a zone, such as \"Europe/Berlin\""
    ) { $0.zone = "../../etc/passwd" },
    Refusal(field: "zone", problem: "\"\" isn't the name of a zone, such as \"Europe/Berlin\"") {
      $0.zone = ""
    },
    Refusal(field: "until", problem: "must not be before from") {
      $0.from = TimeText.exampleNow
      $0.until = TimeText.exampleNow + .milliseconds(-1)
    },
    Refusal(field: "times_left", problem: "must be from 1 to 1000000000, not 0") {
      $0.timesLeft = 0
    },
    Refusal(field: "times_left", problem: "must be from 1 to 1000000000, not -1") {
      $0.timesLeft = -1
    },
    Refusal(field: "times_left", problem: "must be from 1 to 1000000000, not 9223372036854775807") {
      $0.timesLeft = .max
    },
    Refusal(field: "spread", problem: "must be whole seconds, at most 366d, not 1s500ms") {
      $0.spread = .milliseconds(1500)
    },
    Refusal(field: "spread", problem: "must be whole seconds, at most 366d, not 0s") {
      $0.spread = .seconds(-1)
    },
    Refusal(field: "spread", problem: "must be whole seconds, at most 366d, not 366d1s") {
      $0.spread = .seconds(366 * 86_400 + 1)
    },
    Refusal(field: "late", problem: "must be from 1s to 366d, not 0s") { $0.late = .zero },
    Refusal(field: "late", problem: "must be from 1s to 366d, not 367d") {
      $0.late = .seconds(367 * 86_400)
    },
    Refusal(field: "missed_limit", problem: "must be from 1 to 1000, not 0") {
      $0.missedLimit = 0
    },
    Refusal(field: "missed_limit", problem: "must be from 1 to 1000, not 1001") {
      $0.missedLimit = 1001
    },
    Refusal(field: "anchor", problem: "is only for \"every\", not for \"cron\"") {
      $0.anchor = TimeText.exampleNow
    },
    Refusal(field: "run_at", problem: "of a schedule's job is the time it is due") {
      $0.job.runAt = TimeText.exampleNow
    },
    Refusal(field: "command", problem: "must not be blank") { $0.job.command = " " },
    Refusal(field: "queue", problem: "must not be empty") { $0.job.queue = "" },
    Refusal(
      field: "command",
      problem: "is too long: 131072 bytes, and a program can get at most 131071; put it into a "
        + "file"
    ) { $0.job.command = String(repeating: "x", count: 131_072) },
  ]

  @Test(arguments: refusals)
  func `a schedule that can't be right is refused`(refusal: Refusal) throws {
    var spec = try Self.spec()
    try refusal.change(&spec)
    #expect(throws: InvalidJob(field: refusal.field, problem: refusal.problem)) {
      try NewSchedule(name: "nightly", spec)
    }
  }

  @Test(
    arguments: [
      ("", "must not be empty"), ("-x", "must not start with \"-\""),
      ("a b", "must not contain a space"), ("a/b", "must not contain \"/\""),
      ("a\u{202E}b", "must not contain U+202E"), ("a\0", "must not contain U+0000"),
      (String(repeating: "x", count: 129), "has 129 characters, at most 128 are allowed"),
    ])
  func `names have the rules of ids and queues`(name: String, problem: String) throws {
    let spec = try Self.spec()
    let isNamed = problem.hasPrefix("must not contain") || problem.hasPrefix("must not start")
    let problem = isNamed ? "\(problem): \(quoted: name)" : problem
    #expect(throws: InvalidJob(field: "name", problem: problem)) {
      try NewSchedule(name: name, spec)
    }
  }

  @Test(arguments: ["UTC", "Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "GMT-0"])
  func `a zone's name is taken`(name: String) throws {
    try ZoneName.check(name)
  }

  @Test(arguments: [
    "", "/", "/etc/passwd", "Europe/", "Europe//Berlin", "..", "../etc", "Europe/../../etc/passwd",
    ".", "./UTC", "tzdata.zi", "a b", "UTC\0", "UTC\n", "\u{202E}CTU", "Ümea",
    String(repeating: "x", count: 65), String(repeating: "a/", count: 5000) + "a",
  ])
  func `another text is no zone's name`(name: String) {
    #expect(throws: InvalidJob.self) { try ZoneName.check(name) }
  }

  // MARK: - As they are added

  private func added(
    _ timing: String = "0 3 * * *", name: String = "nightly", database: String = "d1",
    _ change: (inout ScheduleSpec) -> Void = { _ in }
  ) throws -> Schedule {
    var spec = try Self.spec(timing)
    change(&spec)
    return try Schedule(
      NewSchedule(name: name, spec), id: ScheduleID(1), in: .fixture("Europe/Berlin"),
      database: database, at: TimeText.exampleNow)
  }

  @Test func `a new schedule is due at the first time after now`() throws {
    let schedule = try added()
    #expect(schedule.nextAt?.iso8601 == "2026-11-24T02:00:00.000Z")
    #expect(schedule.offset == .zero && schedule.pausedAt == nil && schedule.revision == 0)
    #expect(schedule.spec.anchor == nil)
  }

  @Test func `an interval begins at the moment of adding, which is no time of it`() throws {
    let schedule = try added("every 900000")
    #expect(schedule.spec.anchor == TimeText.exampleNow)
    #expect(schedule.nextAt == TimeText.exampleNow + .seconds(900))
  }

  @Test func `an interval with a beginning of its own is due then, too`() throws {
    let from = TimeText.exampleNow + .seconds(5)
    let schedule = try added("every 900000") { $0.from = from }
    #expect(schedule.spec.anchor == from && schedule.nextAt == from)
    let past = try added("every 900000") { $0.from = TimeText.exampleNow + .seconds(-1000) }
    #expect(past.nextAt == TimeText.exampleNow + .seconds(800))
  }

  @Test func `a schedule begins at its from`() throws {
    let schedule = try added { $0.from = TimeText.exampleNow + .seconds(40 * 86_400) }
    #expect(schedule.nextAt?.iso8601 == "2027-01-03T02:00:00.000Z")
  }

  @Test func `a schedule that is never due is refused`() throws {
    #expect(
      throws: InvalidJob(
        field: "until",
        problem: "leaves no time: nothing is due between now and 2026-11-23T20:00:00.000Z")
    ) { try added { $0.until = TimeText.exampleNow + .seconds(8 * 3600) } }
    #expect(
      throws: InvalidJob(field: "cron", problem: "never happens in the zone Europe/Berlin")
    ) { try added("*/30 2 * 3 0L") }
  }

  @Test func `a schedule that is added paused knows its next time, too`() throws {
    let new = try NewSchedule(name: "a", Self.spec(), pausedAt: TimeText.exampleNow)
    let schedule = try Schedule(
      new, id: ScheduleID(7), in: .utc, database: "d", at: TimeText.exampleNow)
    #expect(schedule.pausedAt == TimeText.exampleNow)
    #expect(schedule.nextAt?.iso8601 == "2026-11-24T03:00:00.000Z")
  }

  // MARK: - Spread

  @Test func `a spread delays each schedule by seconds of its own, the same each time`() throws {
    func offsets(_ database: String) throws -> [Int64] {
      try (1...50).map { number in
        let schedule = try added(name: "s\(number)", database: database) {
          $0.spread = .seconds(600)
        }
        #expect(
          schedule.nextAt == (try added().nextAt).map { $0 + schedule.offset })
        return schedule.offset.components.seconds
      }
    }
    let found = try offsets("d1")
    #expect(found == (try offsets("d1")))
    #expect(found != (try offsets("d2")))
    #expect(found.allSatisfy { (0..<600).contains($0) })
    // Fifty names spread over ten minutes: each fifth of them gets some.
    for fifth in 0..<5 as Range<Int64> {
      #expect(found.contains { $0 / 120 == fifth }, "\(found)")
    }
  }

  @Test func `no spread reaches the time after the next`() throws {
    for number in 1...20 {
      let schedule = try added("*/5 * * * *", name: "s\(number)") { $0.spread = .seconds(86_400) }
      #expect(schedule.offset < .seconds(300))
    }
  }
}
