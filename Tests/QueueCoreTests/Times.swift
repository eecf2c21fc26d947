import QueueCore
import QueueTestSupport
import Testing

@Suite struct Times {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (1_795_464_301_123, "2026-11-23T20:05:01.123Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func `a time is formatted in ISO 8601`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    #expect(TimeText.example.parse(text) == Timestamp(milliseconds: milliseconds))
  }

  @Test func `every day from 1970 to 9999 occurs once, in order, and can be parsed`() throws {
    var expected = try #require(CivilDate(year: 1970, month: 1, day: 1))
    let last = Timestamp.latest.milliseconds / 86_400_000
    for dayNumber in 0...last {
      let date = CivilDate(dayNumber: dayNumber)
      // Collected first, because a million expectations take seconds.
      if date != expected || date.dayNumber != dayNumber {
        #expect(date == expected)
        #expect(date.dayNumber == dayNumber)
        return
      }
      expected = dayAfter(date)
    }
    #expect(expected.description == "10000-01-01")
  }

  /// The calendar by its textbook rules, to check the formula.
  private func dayAfter(_ date: CivilDate) -> CivilDate {
    let year = date.year
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var next = date
    next.day += 1
    if next.day > lengths[next.month - 1] { (next.month, next.day) = (next.month + 1, 1) }
    if next.month > 12 { (next.year, next.month) = (year + 1, 1) }
    return next
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `any time from 1970 to 9999 can be parsed from its text`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 1...400 {
      let milliseconds = Int64.random(in: 0...Timestamp.latest.milliseconds, using: &random)
      let time = Timestamp(milliseconds: milliseconds)
      #expect(time.iso8601.utf8.count == 24)
      #expect(TimeText.example.parse(time.iso8601) == time)
    }
  }

  @Test func `a time can't be moved past the last one`() {
    #expect(Timestamp.latest + .milliseconds(1) == .latest)
    #expect(Timestamp.latest + .seconds(Int64.max) == .latest)
    #expect(Timestamp(milliseconds: 5) + .seconds(2) == Timestamp(milliseconds: 2005))
    #expect(Timestamp(milliseconds: 5000) + .seconds(-2) == Timestamp(milliseconds: 3000))
    #expect(Timestamp(milliseconds: 5000) - Timestamp(milliseconds: 7000) == .seconds(-2))
  }

  // MARK: Typed times

  @Test(arguments: [
    ("2026-11-23T20:00:00Z", "2026-11-23T20:00:00.000Z"),
    ("2026-11-23T20:00Z", "2026-11-23T20:00:00.000Z"),
    ("2026-11-23 20:00:01Z", "2026-11-23T20:00:01.000Z"),
    ("2026-11-23T20:00:00+02:00", "2026-11-23T18:00:00.000Z"),
    ("2026-11-23T20:00:00-0530", "2026-11-24T01:30:00.000Z"),
    ("2026-11-23T20:00:00.5Z", "2026-11-23T20:00:00.500Z"),
    ("2026-11-23T20:00:00.12Z", "2026-11-23T20:00:00.120Z"),
    ("2026-11-23T20:00:00.123456789Z", "2026-11-23T20:00:00.123Z"),
    ("2026-12-31T23:59:59+00:00", "2026-12-31T23:59:59.000Z"),
    ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
    ("1795464000", "2026-11-23T20:00:00.000Z"), ("000000", "1970-01-01T00:00:00.000Z"),
    ("253402300799", "9999-12-31T23:59:59.000Z"),
    ("+10m", "2026-11-23T12:10:00.000Z"), ("+0", "2026-11-23T12:00:00.000Z"),
    ("+90", "2026-11-23T12:01:30.000Z"), ("+1d12h", "2026-11-25T00:00:00.000Z"),
  ])
  func `a time with a zone is the same everywhere`(text: String, expected: String) {
    for hours in [-11, 0, 14] as [Int64] {
      #expect(TimeText.at(offsetHours: hours).parse(text)?.iso8601 == expected)
    }
  }

  @Test(arguments: [
    // It is 12:00 in UTC, and 22:00 in the zone ten hours ahead.
    (0, "2026-11-23 20:30", "2026-11-23T20:30:00.000Z"),
    (10, "2026-11-23 20:30", "2026-11-23T10:30:00.000Z"),
    (-5, "2026-11-23 20:30:15", "2026-11-24T01:30:15.000Z"),
    (0, "12:01", "2026-11-23T12:01:00.000Z"), (0, "12:00", "2026-11-24T12:00:00.000Z"),
    (0, "11:59", "2026-11-24T11:59:00.000Z"), (0, "23:59:59", "2026-11-23T23:59:59.000Z"),
    (10, "23:00", "2026-11-23T13:00:00.000Z"), (10, "21:00", "2026-11-24T11:00:00.000Z"),
    (14, "03:00", "2026-11-23T13:00:00.000Z"), (14, "01:00", "2026-11-24T11:00:00.000Z"),
  ])
  func `a time without a zone is local, and without a date in the future`(
    offsetHours: Int64, text: String, expected: String
  ) {
    #expect(TimeText.at(offsetHours: offsetHours).parse(text)?.iso8601 == expected)
  }

  @Test(arguments: [
    "", " ", "now", "tomorrow", "5", "12345", "-1795464000", "1795464000.5", "99999999999999999999",
    "253402300800", "9223372036854775807", "2026-11-23", "2026-11-23T", "2026-11-23T20",
    "2026-11-23T20:00:00", "2026-11-23T20:00:00z", "2026-11-23t20:00:00Z", "2026-11-23  20:00",
    "2026-11-23T20:00:00 Z", "2026-11-23T20:00:00ZZ", "2026-11-23T20:00:00+02",
    "2026-11-23T20:00:00+2:00", "2026-11-23T20:00:00+24:00", "2026-11-23T20:00:00+02:60",
    "2026-11-23T24:00:00Z", "2026-11-23T20:60:00Z", "2026-11-23T20:00:60Z", "2026-11-23T20:00:00.Z",
    "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
    "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "26-11-23T20:00:00Z", "2026/11/23 20:00",
    "24:00", "12:60", "1:00", "12:0", "12:00:", "+", "+-5", "+ 5", "++5", "+5x", "+1e3",
    "２０２６-11-23T20:00:00Z", " 12:00", "12:00\n", "12:00\0",
  ])
  func `invalid times are refused`(text: String) {
    // A local time of day with seconds is valid, so it isn't listed here.
    let isLocal = text == "2026-11-23T20:00:00"
    #expect((TimeText.example.parse(text) == nil) != isLocal)
  }

  @Test(arguments: ["9999-12-31T23:59:59-00:01", "9999-12-31T23:30:00-01:00"])
  func `a time past the year 9999 is refused in every zone`(text: String) {
    #expect(TimeText.example.parse(text) == nil)
  }

  @Test func `a local time past the year 9999 is refused`() {
    #expect(TimeText.at(offsetHours: 1).parse("9999-12-31 23:59") != nil)
    #expect(TimeText.at(offsetHours: -1).parse("9999-12-31 23:59") == nil)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `no text makes the parser trap`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let likely = Array("0123456789:-+TZ. hms")
    for _ in 1...500 {
      let text = String(
        (0..<Int.random(in: 0...26, using: &random)).compactMap { _ in
          likely.randomElement(using: &random)
        })
      if let time = TimeText.example.parse(text) { #expect(time <= .latest) }
      if let duration = Duration(text: text) { #expect(duration >= .zero) }
    }
  }
}
