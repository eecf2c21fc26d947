import QueueCore
import QueueTestSupport
import Testing

/// What follows for schedules when the wall clock is set, or the rules of a zone change.
@Suite struct `Setting the clock` {
  private let clock = ManualClock()
  private var now: Moment { clock.now() }

  @Test(arguments: [
    (jump: Duration.seconds(-61), change: ClockRecord.Change.setBack(.seconds(61))),
    (.seconds(-60), .steady), (.seconds(0), .steady), (.seconds(60), .steady),
    (.seconds(61), .setForward), (.seconds(-86_400), .setBack(.seconds(86_400))),
  ])
  func `in one boot more than a minute is noticed, however long it takes`(
    example: (jump: Duration, change: ClockRecord.Change)
  ) {
    let record = ClockRecord(now)
    clock.advance(by: .seconds(100_000))
    clock.jumpWall(by: example.jump)
    #expect(record.change(at: now) == example.change)
  }

  @Test(arguments: [
    (jump: Duration.seconds(-3 * 3600), change: ClockRecord.Change.steady),
    (.seconds(-3 * 3600 - 1), .setBack(.seconds(3 * 3600 + 1))), (.seconds(86_400), .steady),
  ])
  func `over a boot only a setback by more than three hours is noticed`(
    example: (jump: Duration, change: ClockRecord.Change)
  ) {
    let record = ClockRecord(now)
    clock.reboot()
    clock.jumpWall(by: example.jump)
    #expect(record.change(at: now) == example.change)
  }

  @Test func `small setbacks add up within a boot, whatever changes between them`() {
    var record = ClockRecord(now)
    for _ in 1...2 {
      clock.jumpWall(by: .seconds(-40))
      clock.advance(by: .seconds(60))
      #expect(record.kept(at: now).shift == record.shift)
      if record.change(at: now) == .steady { record = record.kept(at: now) }
    }
    #expect(record.change(at: now) == .setBack(.seconds(80)) && record.kept(at: now) == record)
    clock.jumpWall(by: .seconds(80 + 61))
    #expect(record.kept(at: now) == ClockRecord(now))
    clock.reboot()
    #expect(record.kept(at: now) == ClockRecord(now))
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `a clock that was read before it was set forward shows no setback`(age: Duration) {
    let old = now
    clock.advance(by: age)
    clock.jumpWall(by: .seconds(86_400))
    let record = ClockRecord(now)
    #expect(record.change(at: old) == .steady && record.kept(at: old) == record)
    clock.jumpWall(by: .seconds(-86_400))
    clock.advance(by: .milliseconds(1))
    #expect(record.change(at: now) == .setBack(.seconds(86_400)))
  }

  @Test func `a record is text for a store, with or without a boot`() {
    let known = ClockRecord(now)
    let unknown = ClockRecord(Moment(wall: now.wall, uptime: now.uptime, boot: nil))
    for record in [known, unknown] { #expect(ClockRecord(text: record.text) == record) }
    #expect(known.text == "1800000000000 1799995000000 boot-1")
    for text in ["", "1", "1 2", "a 2 b", "1 b c"] { #expect(ClockRecord(text: text) == nil) }
  }

  // MARK: - Schedules

  private func schedule(
    _ timing: String, _ zone: String = "Europe/Berlin",
    _ change: (inout ScheduleSpec) -> Void = { _ in }
  ) throws -> Schedule {
    var spec = ScheduleSpec(try Timing(stored: timing), zone: zone, job: .example)
    change(&spec)
    return try Schedule(
      NewSchedule(name: "a", spec), id: ScheduleID(1), in: try ZoneRules.fixture(zone),
      database: "d", at: now.wall)
  }

  private func next(
    _ schedule: Schedule, afterSetback hours: Int, in zone: String = "Europe/Berlin"
  ) throws -> String? {
    let setback = Duration.seconds(3600 * hours)
    let move = schedule.reviewed(
      afterSetback: setback, in: try ZoneRules.fixture(zone), at: now.wall + (.zero - setback))
    return try move.map { move in
      #expect(schedule.accepts(move) && move.due.isEmpty && move.missed == nil)
      return try #require(move.nextAt).iso8601
    }
  }

  @Test(arguments: [
    ("every 600000", 1, "2027-01-15T07:10:00.000Z"), ("*/5 * * * *", 2, "2027-01-15T06:05:00.000Z"),
    ("30 * * * *", 1, "2027-01-15T07:30:00.000Z"), ("30 7 * * *", 3, nil),
    ("30 7 * * *", 4, "2027-01-15T06:30:00.000Z"),
  ])
  func `a setback is followed, but times of day don't come twice after a small one`(
    timing: String, hours: Int, expected: String?
  ) throws {
    #expect(try next(schedule(timing), afterSetback: hours) == expected)
  }

  @Test func `what is paused, due, spent or no later than now stays`() throws {
    let minutely = try schedule("* * * * *")
    #expect(try next(minutely.paused(at: now.wall), afterSetback: 1) == nil)
    var due = minutely
    due.nextAt = now.wall + .seconds(-3600)
    #expect(try next(due, afterSetback: 1) == nil)
    var spent = minutely
    (spent.nextAt, spent.spec.timesLeft) = (nil, 0)
    #expect(try next(spent, afterSetback: 24) == nil)
    #expect(try next(schedule("0 5 * * *") { $0.from = self.now.wall }, afterSetback: 24) == nil)
  }

  @Test func `intervals go on from now, too, when they are resumed after a setback`() throws {
    let paused = try schedule("every 600000").paused(at: now.wall)
    let earlier = now.wall + .seconds(-86_400)
    let resumed = paused.resumed(in: .utc, at: earlier).schedule
    #expect(resumed.nextAt == earlier + .seconds(600))
  }

  @Test func `a schedule whose end is ahead again goes on`() throws {
    var ended = try schedule("0 5 * * *") { $0.until = self.now.wall + .seconds(86_400) }
    ended.nextAt = nil
    #expect(try next(ended, afterSetback: 48) == "2027-01-14T04:00:00.000Z")
  }

  @Test func `times that come again are another turn`() throws {
    var hourly = try schedule("0 * * * *")
    hourly.lastAt = hourly.nextAt
    hourly.nextAt = hourly.nextAt.map { $0 + .seconds(3600) }
    let zone = try ZoneRules.fixture("Europe/Berlin")
    let start = now.wall + .seconds(-7200)
    let move = try #require(
      hourly.reviewed(afterSetback: .seconds(7200), in: zone, at: start))
    hourly.start(move)
    #expect(hourly.turn == 1 && hourly.lastAt == nil)
    #expect(hourly.nextAt?.iso8601 == "2027-01-15T07:00:00.000Z")
    // Later reviews leave it there.
    #expect(hourly.reviewed(in: zone, at: start) == nil)
    #expect(hourly.reviewed(afterSetback: .seconds(7200), in: zone, at: start) == nil)
  }

  // MARK: - Zones

  @Test func `newer rules of a zone move a time that isn't due`() throws {
    let (berlin, tokyo) = (
      try ZoneRules.fixture("Europe/Berlin"), try ZoneRules.fixture("Asia/Tokyo")
    )
    let nightly = try schedule("0 3 * * *")
    #expect(nightly.nextAt?.iso8601 == "2027-01-16T02:00:00.000Z")
    #expect(nightly.reviewed(in: berlin, at: now.wall) == nil)
    let move = try #require(nightly.reviewed(in: tokyo, at: now.wall))
    #expect(nightly.accepts(move) && move.nextAt?.iso8601 == "2027-01-15T18:00:00.000Z")

    #expect(nightly.paused(at: now.wall).reviewed(in: tokyo, at: now.wall) == nil)
    #expect(nightly.reviewed(in: tokyo, at: try #require(nightly.nextAt)) == nil)
    #expect(try schedule("every 60000").reviewed(in: tokyo, at: now.wall) == nil)
    // After a small setback, what had its job isn't due again.
    var ahead = nightly
    (ahead.lastAt, ahead.nextAt) = (nightly.nextAt, nightly.nextAt.map { $0 + .seconds(86_400) })
    #expect(ahead.reviewed(in: berlin, at: now.wall) == nil)
  }
}
