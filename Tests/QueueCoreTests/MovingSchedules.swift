import QueueCore
import QueueTestSupport
import Testing

@Suite struct MovingSchedules {
  /// A schedule that was added at 12:00 on 2026-11-23, and its move at a later time.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let timing: String
    let zone: String
    /// When it is looked at.
    let now: String
    /// The times that get a job; `+2` behind one that stands for two more.
    let due: [String]
    /// First, last, count.
    var missed: (String, String, Int)?
    let next: String?
    let change: @Sendable (inout ScheduleSpec) -> Void

    init(
      _ description: String, _ timing: String, in zone: String = "UTC", at now: String,
      due: [String], missed: (String, String, Int)? = nil, next: String?,
      _ change: @escaping @Sendable (inout ScheduleSpec) -> Void = { _ in }
    ) {
      testDescription = description
      (self.timing, self.zone, self.now) = (timing, zone, now)
      (self.due, self.missed, self.next, self.change) = (due, missed, next, change)
    }
  }

  static let examples = [
    Example(
      "on time", "0 3 * * *", at: "11-24T03:00:00Z", due: ["11-24T03:00"], next: "11-25T03:00"),
    Example(
      "one, missed for three days", "0 3 * * *", at: "11-26T12:00:00Z", due: ["11-26T03:00+2"],
      missed: ("11-24T03:00", "11-25T03:00", 2), next: "11-27T03:00"),
    Example(
      "one, an interval, missed for two weeks", "every 5000", at: "12-07T12:00:00Z",
      due: ["12-07T12:00+241919"], missed: ("11-23T12:00:05", "12-07T11:59:55", 241_919),
      next: "12-07T12:00:05"),
    Example(
      "one, minutes, missed for two weeks", "* * * * *", at: "12-07T12:00:30Z",
      due: ["12-07T12:00+20159"], missed: ("11-23T12:01", "12-07T11:59", 20_159),
      next: "12-07T12:01"),
    Example(
      "one, over a change of the clock", "30 2 * * *", in: "Europe/Berlin", at: "2027-03-29T12:00Z",
      due: ["2027-03-29T00:30+125"], missed: ("11-24T01:30", "2027-03-28T01:00", 125),
      next: "2027-03-30T00:30"),
    Example(
      "all, missed for three days", "0 3 * * *", at: "11-26T12:00:00Z",
      due: ["11-24T03:00", "11-25T03:00", "11-26T03:00"], next: "11-27T03:00"
    ) { $0.missed = .all },
    Example(
      "all, more than the limit", "0 3 * * *", at: "11-28T12:00:00Z",
      due: ["11-27T03:00", "11-28T03:00"], missed: ("11-24T03:00", "11-26T03:00", 3),
      next: "11-29T03:00"
    ) {
      $0.missed = .all
      $0.missedLimit = 2
    },
    Example(
      "all, as many as the limit", "0 3 * * *", at: "11-25T12:00:00Z",
      due: ["11-24T03:00", "11-25T03:00"], next: "11-26T03:00"
    ) {
      $0.missed = .all
      $0.missedLimit = 2
    },
    Example(
      "none, missed", "0 3 * * *", at: "11-26T12:00:00Z", due: [],
      missed: ("11-24T03:00", "11-26T03:00", 3), next: "11-27T03:00"
    ) { $0.missed = .none },
    Example(
      "none, a minute late", "0 3 * * *", at: "11-24T03:01:00Z", due: ["11-24T03:00"],
      next: "11-25T03:00"
    ) { $0.missed = .none },
    Example(
      "none, more than a minute late", "0 3 * * *", at: "11-24T03:01:00.001Z", due: [],
      missed: ("11-24T03:00", "11-24T03:00", 1), next: "11-25T03:00"
    ) { $0.missed = .none },
    Example(
      "none, but the latest is on time", "0 3 * * *", at: "11-25T03:00:10Z", due: ["11-25T03:00"],
      missed: ("11-24T03:00", "11-24T03:00", 1), next: "11-26T03:00"
    ) { $0.missed = .none },
    Example(
      "one, as late as is allowed", "0 3 * * *", at: "11-25T05:00:00Z", due: ["11-25T03:00+1"],
      missed: ("11-24T03:00", "11-24T03:00", 1), next: "11-26T03:00"
    ) { $0.late = .seconds(7200) },
    Example(
      "one, later than is allowed", "0 3 * * *", at: "11-25T05:00:00.001Z", due: [],
      missed: ("11-24T03:00", "11-25T03:00", 2), next: "11-26T03:00"
    ) { $0.late = .seconds(7200) },
    Example(
      "all, some later than is allowed", "0 3 * * *", at: "11-27T12:00:00Z",
      due: ["11-26T03:00", "11-27T03:00"], missed: ("11-24T03:00", "11-25T03:00", 2),
      next: "11-28T03:00"
    ) {
      $0.missed = .all
      $0.late = .seconds(2 * 86_400)
    },
    Example(
      "none, later than is allowed though within the minute", "0 3 * * *", at: "11-24T03:00:30Z",
      due: [], missed: ("11-24T03:00", "11-24T03:00", 1), next: "11-25T03:00"
    ) {
      $0.missed = .none
      $0.late = .seconds(10)
    },
    Example(
      "until is over: the times before it count", "0 3 * * *", at: "12-30T12:00:00Z",
      due: ["11-25T03:00+1"], missed: ("11-24T03:00", "11-24T03:00", 1), next: nil
    ) { $0.until = TimeText.example.parse("2026-11-26T02:59:59Z") },
    Example(
      "the last time before until", "0 3 * * *", at: "11-24T03:00:00Z", due: ["11-24T03:00"],
      next: nil
    ) { $0.until = TimeText.example.parse("2026-11-24T03:00:00Z") },
    Example(
      "from", "0 3 * * *", at: "12-02T12:00:00Z", due: ["12-02T03:00"], next: "12-03T03:00"
    ) { $0.from = TimeText.example.parse("2026-12-01T12:00:00Z") },
  ]

  @Test(arguments: examples)
  func `a schedule that is due is moved on`(example: Example) throws {
    let zone = try ZoneRules.fixture(example.zone)
    let schedule = try schedule(example.timing, in: example.zone, example.change)
    let now = try Self.time(example.now)
    let move = try #require(ScheduleMove.after(schedule, in: zone, at: now))
    #expect(move.schedule == schedule.id && move.revision == schedule.revision)
    #expect(move.expected == schedule.nextAt)
    #expect(try move.due == example.due.map(Self.due))
    #expect(try move.nextAt == example.next.map(Self.time))
    let missed = try example.missed.map { first, last, count in
      ScheduleMove.Missed(at: try Self.time(first), through: try Self.time(last), times: count)
    }
    #expect(move.missed == missed)
  }

  @Test func `a schedule that isn't due, is paused or has ended isn't moved`() throws {
    var schedule = try schedule("0 3 * * *")
    let due = try #require(schedule.nextAt)
    #expect(ScheduleMove.after(schedule, in: .utc, at: due + .milliseconds(-1)) == nil)
    #expect(ScheduleMove.after(schedule, in: .utc, at: due) != nil)
    #expect(ScheduleMove.after(schedule.paused(at: due), in: .utc, at: due) == nil)
    schedule.nextAt = nil
    #expect(ScheduleMove.after(schedule, in: .utc, at: due) == nil)
  }

  @Test func `a step has at most a hundred jobs, and the next one goes on behind them`() throws {
    var schedule = try schedule("* * * * *") {
      $0.missed = .all
      $0.missedLimit = 250
    }
    let now = try Self.time("11-24T12:00:30Z")
    var found: [Timestamp] = []
    var missedCount = 0
    var counts: [Int] = []
    while let move = ScheduleMove.after(schedule, in: .utc, at: now) {
      found += move.due.map(\.at)
      counts.append(move.due.count)
      missedCount += move.missed?.times ?? 0
      schedule.nextAt = move.nextAt
    }
    #expect(counts == [100, 100, 50])
    #expect(missedCount == 1440 - 250)
    let last = try Self.time("11-24T12:00")
    #expect(found == (0..<250).reversed().map { last + .seconds(-60 * $0) })
    #expect(schedule.nextAt == last + .seconds(60))
  }

  @Test func `a delay of its own is part of when it is due, not of the times`() throws {
    var schedule = try schedule("0 3 * * *")
    schedule.offset = .seconds(277)
    schedule.nextAt = schedule.next(after: TimeText.exampleNow, in: .utc)
    #expect(schedule.nextAt?.iso8601 == "2026-11-24T03:04:37.000Z")
    let early = try Self.time("11-24T03:04:36.999Z")
    #expect(ScheduleMove.after(schedule, in: .utc, at: early) == nil)

    let onTime = try #require(
      ScheduleMove.after(schedule, in: .utc, at: try Self.time("11-24T03:04:37Z")))
    #expect(onTime.due.map(\.at.iso8601) == ["2026-11-24T03:00:00.000Z"])
    #expect(onTime.missed == nil)
    #expect(onTime.nextAt?.iso8601 == "2026-11-25T03:04:37.000Z")

    // At 03:02 the time of that day isn't due yet.
    let late = try #require(
      ScheduleMove.after(schedule, in: .utc, at: try Self.time("11-26T03:02:00Z")))
    #expect(late.due == [ScheduleMove.Due(at: try Self.time("11-25T03:00"), standsFor: 1)])
    #expect(late.nextAt?.iso8601 == "2026-11-26T03:04:37.000Z")
  }

  @Test func `a stored time counts, even if newer rules of the zone have another`() throws {
    var schedule = try schedule("0 3 * * *")
    schedule.nextAt = try Self.time("11-24T02:30")
    let move = try #require(
      ScheduleMove.after(schedule, in: .utc, at: try Self.time("11-24T02:30:05Z")))
    #expect(move.due == [ScheduleMove.Due(at: try Self.time("11-24T02:30"))])
    #expect(move.nextAt?.iso8601 == "2026-11-24T03:00:00.000Z")
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `whatever the gaps between looks, each time gets a job or is missed`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for policy in MissedPolicy.allCases {
      var schedule = try schedule("*/20 1-3,9 * * *", in: "Europe/Berlin") { $0.missed = policy }
      let zone = try ZoneRules.fixture("Europe/Berlin")
      let times = schedule.recurrence(in: zone)
      var now = try Self.time("2027-03-20T00:00Z")
      schedule.nextAt = schedule.next(after: now, in: zone)
      let start = now
      var (enqueued, missed) = (0, 0)
      for _ in 1...60 {
        now = now + .seconds(Int64.random(in: 1...200_000, using: &random))
        while let move = ScheduleMove.after(schedule, in: zone, at: now) {
          enqueued += move.due.count
          missed += move.missed?.times ?? 0
          schedule.nextAt = move.nextAt
        }
        #expect(try #require(schedule.nextAt) > now)
        #expect(enqueued + missed == times.count(from: start + .milliseconds(1), through: now))
      }
      #expect(policy == .all ? missed == 0 : missed > 0)
    }
  }

  @Test(
    arguments: [
      (Overlap.skip, 0, 0, Overlap.Step.enqueue), (.skip, 1, 0, .skip), (.skip, 1, 1, .skip),
      (.queue, 0, 0, .enqueue), (.queue, 1, 0, .enqueueBehind), (.queue, 1, 1, .skip),
      (.queue, 2, 1, .skip), (.replace, 0, 0, .enqueue), (.replace, 1, 0, .cancelAndEnqueue),
      (.replace, 1, 1, .cancelAndEnqueue), (.allow, 0, 0, .enqueue), (.allow, 7, 3, .enqueue),
    ])
  func `an unfinished job decides by the policy`(
    overlap: Overlap, unfinished: Int, pending: Int, step: Overlap.Step
  ) {
    #expect(overlap.step(unfinished: unfinished, pending: pending) == step)
  }

  // MARK: - Details

  private func schedule(
    _ timing: String, in zone: String = "UTC", _ change: (inout ScheduleSpec) -> Void = { _ in }
  ) throws -> Schedule {
    var spec = ScheduleSpec(try Timing(stored: timing), zone: zone, job: .example)
    change(&spec)
    return try Schedule(
      NewSchedule(name: "nightly", spec), id: ScheduleID(3), in: .fixture(zone), database: "d",
      at: TimeText.exampleNow)
  }

  /// `11-24T03:00` of 2026, or with a year.
  private static func time(_ text: String) throws -> Timestamp {
    let full = (text.hasPrefix("20") ? "" : "2026-") + text + (text.hasSuffix("Z") ? "" : "Z")
    return try #require(TimeText.example.parse(full), "\(text)")
  }

  private static func due(_ text: String) throws -> ScheduleMove.Due {
    let parts = text.split(separator: "+")
    return ScheduleMove.Due(
      at: try time(String(parts[0])), standsFor: parts.count > 1 ? Int(parts[1]) ?? -1 : 0)
  }
}
