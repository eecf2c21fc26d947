import QueueCore
import QueueTestSupport
import Testing

/// Rows of times, apart from the calendar: bounds, counting, the last one.
@Suite struct TimesOfSchedules {
  private func time(_ text: String) throws -> Timestamp {
    try #require(TimeText.example.parse(text))
  }

  private func daily(
    within bounds: ClosedRange<Timestamp> = Timestamp.earliest...Timestamp.latest
  ) throws -> Recurrence {
    Recurrence(.cron(try CronExpression("0 3 * * *"), in: .utc), within: bounds)
  }

  @Test func `no time is outside the bounds, which are included`() throws {
    let (first, last) = (try time("2026-12-01T03:00:00Z"), try time("2026-12-03T03:00:00Z"))
    let times = try daily(within: first...last)
    #expect(times.next(after: .earliest) == first)
    #expect(times.next(after: first) == first + .seconds(86_400))
    #expect(times.next(after: last + .milliseconds(-1)) == last)
    #expect(times.next(after: last) == nil)
    #expect(times.count(from: .earliest, through: .latest) == 3)
    #expect(times.last(notAfter: .latest) == last)
    #expect(times.last(notAfter: first) == first)
    #expect(times.last(notAfter: first + .milliseconds(-1)) == nil)
  }

  @Test func `nothing is due after the year 9999`() throws {
    let times = try daily()
    let last = try time("9999-12-31T03:00:00Z")
    #expect(times.next(after: last + .milliseconds(-1)) == last)
    #expect(times.next(after: last) == nil)
    #expect(times.next(after: Timestamp(milliseconds: .max)) == nil)
    #expect(times.next(after: Timestamp(milliseconds: .min)) != nil)
    #expect(times.last(notAfter: Timestamp(milliseconds: .max)) == last)
    let rare = Timing.every(try Interval(.seconds(366 * 86_400)))
      .recurrence(in: .utc, anchor: .latest)
    #expect(rare.next(after: .earliest) == .latest)
    #expect(rare.next(after: .latest) == nil)
  }

  @Test func `a time that clocks never show never comes`() throws {
    // Clocks are always set forward at that hour.
    let zone = try ZoneRules.fixture("Europe/Berlin")
    let never = Recurrence(.cron(try CronExpression("*/30 2 * 3 0L"), in: zone))
    let now = try time("2026-12-01T00:00:00Z")
    #expect(never.next(after: now) == nil)
    #expect(never.last(notAfter: now)?.iso8601 == "1980-03-30T01:30:00.000Z")
  }

  @Test(
    arguments: [
      ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", 1),
      ("2026-11-23T12:00:00.001Z", "2026-11-23T12:14:59.999Z", 0),
      ("2026-11-23T11:00:00Z", "2026-11-23T12:15:00Z", 2),
      ("2026-11-23T11:00:00Z", "2026-11-23T11:59:59Z", 0),
      ("2026-11-23T13:00:00Z", "2026-11-23T12:00:00Z", 0),
      // More than are counted one by one.
      ("2026-11-23T12:00:00Z", "2055-07-01T12:00:00Z", 1_002_913),
    ] as [(String, String, Int)])
  func `intervals are counted from the anchor on`(from: String, to: String, count: Int) throws {
    let times = Timing.every(try Interval(.seconds(900)))
      .recurrence(in: .utc, anchor: try time("2026-11-23T12:00:00Z"))
    #expect(times.count(from: try time(from), through: try time(to)) == count)
  }

  @Test func `an interval that began at a fraction of a second keeps it`() throws {
    let anchor = try time("2026-11-23T12:00:00.250Z")
    let times = Timing.every(try Interval(.seconds(10))).recurrence(in: .utc, anchor: anchor)
    #expect(times.next(after: anchor)?.iso8601 == "2026-11-23T12:00:10.250Z")
    #expect(times.next(after: anchor + .milliseconds(-1)) == anchor)
    #expect(times.last(notAfter: anchor + .milliseconds(9_999)) == anchor)
    #expect(times.last(notAfter: anchor + .milliseconds(-1)) == nil)
  }

  @Test func `minutes are counted up to a million`() throws {
    let times = Recurrence(.cron(try CronExpression("* * * * *"), in: .utc))
    let start = try time("2026-01-01T00:00:00Z")
    #expect(times.count(from: start, through: start + .seconds(14 * 86_400)) == 20_161)
    #expect(
      times.count(from: start, through: start + .seconds(1000 * 86_400)) == Recurrence.countLimit)
  }

  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func `a zone whose file is damaged gives later times, too`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var bytes = try ZoneRules.fixtureBytes("Asia/Gaza")
    for _ in 1...4 {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
    }
    guard let zone = try? ZoneRules(tzif: bytes) else { return }
    for text in ["30 2 * * *", "*/30 2 * * *"] {
      let times = Recurrence(.cron(try CronExpression(text), in: zone))
      for year in stride(from: 1850, through: 2400, by: 50) {
        let start = try time("\(year)-03-29T12:00:00Z")
        #expect(try #require(times.next(after: start)) > start)
      }
    }
  }

  @Test func `LW is the last day from Monday to Friday, in each month of a calendar's cycle`()
    throws
  {
    let times = Recurrence(.cron(try CronExpression("0 0 LW * *"), in: .utc))
    var after = try time("1999-12-31T12:00:00Z")
    for month in 0..<4800 {
      let (year, number) = (2000 + month / 12, month % 12 + 1)
      // The day before the next month begins, and back from a weekend; 1970-01-01 was a Thursday.
      let next = try #require(
        CivilDate(year: year + number / 12, month: number % 12 + 1, day: 1))
      var day = next.dayNumber - 1
      while [2, 3].contains(day % 7) { day -= 1 }
      let found = times.next(after: after)
      #expect(found?.milliseconds == day * 86_400_000)
      after = try #require(found)
    }
  }

  @Test func `the last time of a rare schedule is found`() throws {
    let leap = Recurrence(.cron(try CronExpression("0 0 * 2 mon#5"), in: .utc))
    #expect(
      leap.last(notAfter: try time("2043-12-31T00:00:00Z"))?.iso8601
        == "2016-02-29T00:00:00.000Z")
  }
}
