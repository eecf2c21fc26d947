import QueueCore
import QueueTestSupport
import Testing

@testable import QueueCore

@Suite struct ReadingZones {
  /// A moment and its local time.
  struct Example: Sendable, CustomTestStringConvertible {
    let zone: String
    let moment: String
    let local: String

    init(_ zone: String, _ moment: String, _ local: String) {
      (self.zone, self.moment, self.local) = (zone, moment, local)
    }

    var testDescription: String { "\(zone) at \(moment)" }
  }

  static let examples = [
    Example("UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00+00:00"),
    Example("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"),
    Example("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
    Example("Europe/Berlin", "1800-01-01T00:00:00Z", "1800-01-01T00:53:28+00:53"),
    Example("Europe/Berlin", "2500-07-01T12:00:00Z", "2500-07-01T14:00:00+02:00"),
    Example("Europe/Berlin", "9999-12-31T12:00:00Z", "9999-12-31T13:00:00+01:00"),
    Example("America/New_York", "2040-07-01T12:00:00Z", "2040-07-01T08:00:00-04:00"),
    Example("America/St_Johns", "2026-12-01T12:00:00Z", "2026-12-01T08:30:00-03:30"),
    Example("Asia/Kathmandu", "2026-12-01T12:00:00Z", "2026-12-01T17:45:00+05:45"),
    Example("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59-10:00"),
    Example("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00+14:00"),
    // Here summer time is the standard, and winter time the exception.
    Example("Europe/Dublin", "2050-01-01T12:00:00Z", "2050-01-01T12:00:00+00:00"),
    Example("Europe/Dublin", "2050-07-01T12:00:00Z", "2050-07-01T13:00:00+01:00"),
    // Changes at 24:00 of the previous day, and at 50:00 of a Thursday.
    Example("America/Nuuk", "2060-03-28T00:59:59Z", "2060-03-27T22:59:59-02:00"),
    Example("America/Nuuk", "2060-03-28T01:00:00Z", "2060-03-28T00:00:00-01:00"),
    Example("Asia/Gaza", "2100-03-26T23:59:59Z", "2100-03-27T01:59:59+02:00"),
    Example("Asia/Gaza", "2100-03-27T00:00:00Z", "2100-03-27T03:00:00+03:00"),
    Example("Africa/Casablanca", "2090-07-01T12:00:00Z", "2090-07-01T13:00:00+01:00"),
    Example("Etc/GMT+5", "2026-07-01T12:00:00Z", "2026-07-01T07:00:00-05:00"),
  ]

  @Test(arguments: examples)
  func `clocks show the time of the zone's file`(example: Example) throws {
    let time = try #require(TimeText.example.parse(example.moment))
    #expect(try ZoneRules.fixture(example.zone).iso8601(time) == example.local)
  }

  @Test(arguments: ZoneRules.fixtureNames)
  func `spans are contiguous`(name: String) throws {
    let zone = try ZoneRules.fixture(name)
    var span = zone.span(at: ZoneRules.distantPast)
    #expect(span.start == ZoneRules.distantPast)
    for _ in 1...500 where span.end < ZoneRules.distantFuture {
      let next = zone.span(at: span.end)
      #expect(next.start == span.end && next.end > next.start)
      #expect(zone.span(at: next.end - 1) == next)
      span = next
    }
  }

  @Test func `a local time is read by the zone's own clocks`() throws {
    let zone = try ZoneRules.fixture("Europe/Berlin")
    let text = TimeText(now: TimeText.exampleNow, zone: zone.localZone)
    #expect(text.parse("2027-03-28 12:00")?.iso8601 == "2027-03-28T10:00:00.000Z")
    #expect(text.parse("2027-03-28 02:30")?.iso8601 == "2027-03-28T01:00:00.000Z")
  }

  // MARK: - Files

  @Test func `version 1 is read: 32 bits, without a rule for later times`() throws {
    let zone = try ZoneRules(tzif: try Self.versionOne("Europe/Berlin"))
    let summer = try #require(TimeText.example.parse("2026-07-01T12:00:00Z"))
    #expect(zone.offsetSeconds(at: summer) == 7200)
    #expect(zone.rule == nil)
    #expect(zone.offsetSeconds(at: .latest) == 3600)
  }

  @Test func `a file cut off anywhere is refused`() throws {
    let bytes = try ZoneRules.fixtureBytes("Europe/Berlin")
    for count in 0..<bytes.count {
      #expect(throws: InvalidZone("is cut short"), "\(count) bytes") {
        try ZoneRules(tzif: Array(bytes[..<count]))
      }
    }
  }

  @Test func `a file that counts leap seconds is refused`() throws {
    let bytes = try ZoneRules.fixtureBytes("right/UTC")
    #expect(throws: InvalidZone("counts leap seconds, which the system's clock doesn't")) {
      try ZoneRules(tzif: bytes)
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `random bytes are refused`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let noise = (0..<65_536).map { _ in UInt8.random(in: 0...255, using: &random) }
    #expect(throws: InvalidZone("isn't a zone file")) { try ZoneRules(tzif: noise) }
    // With a valid beginning, its numbers are too large.
    #expect(throws: InvalidZone("is cut short")) {
      try ZoneRules(tzif: Array("TZif2".utf8) + noise.map { $0 | 0x40 })
    }
  }

  @Test(arguments: 1...300 as ClosedRange<UInt64>)
  func `a corrupted file is refused or gives valid offsets`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var bytes = try ZoneRules.fixtureBytes("Asia/Gaza")
    for _ in 1...Int.random(in: 1...4, using: &random) {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
    }
    guard let zone = try? ZoneRules(tzif: bytes) else { return }
    for year in stride(from: 1800, through: 2400, by: 50) {
      let time = try #require(TimeText.example.parse("\(year)-03-29T12:00:00Z"))
      #expect((-89_999...93_599).contains(zone.offsetSeconds(at: time)))
    }
  }

  /// A byte of the first header, and its new value.
  @Test(
    arguments: [
      (4, 0xFF, "of the version"), (15, 0xFF, "that is reserved"),
    ])
  func `a byte may be anything`(place: Int, value: UInt8, name: String) throws {
    var bytes = try ZoneRules.fixtureBytes("Europe/Berlin")
    bytes[place] = value
    #expect(try ZoneRules(tzif: bytes) == ZoneRules.fixture("Europe/Berlin"), "the byte \(name)")
  }

  @Test func `times out of order, unknown clocks and impossible offsets are refused`() throws {
    for (place, value) in try Self.damages() {
      var bytes = try ZoneRules.fixtureBytes("Asia/Tokyo")
      bytes[place] = value
      #expect(throws: InvalidZone("is damaged"), "\(place)") { try ZoneRules(tzif: bytes) }
    }
  }

  // MARK: - Details

  /// The first part of a file, as version 1.
  private static func versionOne(_ name: String) throws -> [UInt8] {
    var bytes = try ZoneRules.fixtureBytes(name)
    bytes[4] = 0
    let second = try secondHeader(of: bytes)
    return Array(bytes[..<second])
  }

  private static func secondHeader(of bytes: [UInt8]) throws -> Int {
    let magic = Array("TZif".utf8)
    return try #require((4..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == magic })
  }

  /// Places in the second part of Tokyo's file, which has 9 changes and 4 clocks.
  private static func damages() throws -> [(Int, UInt8)] {
    let bytes = try ZoneRules.fixtureBytes("Asia/Tokyo")
    let header = try secondHeader(of: bytes)
    func count(_ index: Int) -> Int { Int(bytes[header + 20 + index * 4 + 3]) }
    let (changes, clocks) = (count(3), count(4))
    let times = header + 44
    let kinds = times + changes * 8
    let offsets = kinds + changes
    let names = offsets + clocks * 6
    return [
      (times, 0x00),  // The first time is after all others.
      (times, 0x80),  // Too early for any zone.
      (kinds, UInt8(clocks)),  // A missing clock.
      (offsets, 0x7F),  // 68 years ahead of UTC.
      (offsets + 5, 0xFF),  // A name beyond all names.
      (names, 0x1B),  // A name with control characters.
      (bytes.count - 4, 0x1B),  // The same in the rule.
      (header + 20 + 4 * 4 + 3, 0),  // No clocks.
    ]
  }
}

@Suite struct RulesOfZones {
  @Test(arguments: [
    "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+03>-3",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "EET-2EEST,M3.4.4/50,M10.4.4/50", "IST-1GMT0,M10.5.0,M3.5.0/1", "XYZ0", "AAA-24:59:59",
    "EST5EDT,0/0,J365/25", "AAA3BBB2:30:15,J60/-167,365/167",
  ])
  func `a rule is parsed`(text: String) {
    #expect(PosixZone(Array(text.utf8)[...]) != nil)
  }

  @Test(arguments: [
    "CET", "-1", "C1", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/168",
    "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,J0,J5", "CET-1CEST,J366,J5",
    "CET-1CEST,366,5", "CET-1CEST,M3.5.0,M10.5.0,", "CET-1CEST,M3.5.0,M10.5.0 ", "<CET-1",
    "<C\u{1B}T>-1", "CET-1:60", "CET-1:", "CET--1", "CET-99999999999999999999", "<>0", "ÄÖÜ0",
  ])
  func `other texts aren't rules`(text: String) {
    #expect(PosixZone(Array(text.utf8)[...]) == nil)
  }

  @Test(
    arguments: [
      // All year: one ends where the next begins.
      ("EST5EDT,0/0,J365/25", "2026-01-01T04:59:59Z", "EDT"),
      ("EST5EDT,0/0,J365/25", "2026-07-01T00:00:00Z", "EDT"),
      ("EST5EDT,0/0,J365/25", "2027-01-01T05:00:00Z", "EDT"),
      // The last Sunday of a month with five, and with four.
      ("AAA0BBB,M3.5.0,M10.5.0", "2026-03-29T01:59:59Z", "AAA"),
      ("AAA0BBB,M3.5.0,M10.5.0", "2026-03-29T02:00:00Z", "BBB"),
      ("AAA0BBB,M2.5.0,M10.5.0", "2026-02-22T02:00:00Z", "BBB"),
      ("AAA0BBB,M2.5.0,M10.5.0", "2026-02-22T01:59:59Z", "AAA"),
      // J60 is 1 March in every year, 59 is 29 February in leap years.
      ("AAA0BBB,J60/0,J90/0", "2028-02-29T23:59:59Z", "AAA"),
      ("AAA0BBB,J60/0,J90/0", "2028-03-01T00:00:00Z", "BBB"),
      ("AAA0BBB,59/0,J90/0", "2028-02-29T00:00:00Z", "BBB"),
      ("AAA0BBB,59/0,J90/0", "2027-02-28T23:59:59Z", "AAA"),
      ("AAA0BBB,59/0,J90/0", "2027-03-01T00:00:00Z", "BBB"),
      // Hours before and after the day, and into other years.
      ("AAA0BBB,J1/-24,J100/0", "2026-12-30T23:59:59Z", "AAA"),
      ("AAA0BBB,J1/-24,J100/0", "2026-12-31T00:00:00Z", "BBB"),
      ("AAA0BBB,J364/167,J365/167", "2027-01-01T00:00:00Z", "AAA"),
      ("AAA0BBB,J1/-167,J2/-167", "2026-12-31T00:00:00Z", "AAA"),
      ("AAA0BBB,J100/0,J365/167", "2027-01-06T21:59:59Z", "BBB"),
      ("AAA0BBB,J100/0,J365/167", "2027-01-06T22:00:00Z", "AAA"),
    ] as [(String, String, String)])
  func `a rule gives the clock of a moment`(text: String, moment: String, clock: String) throws {
    let rule = try #require(PosixZone(Array(text.utf8)[...]))
    let time = try #require(TimeText.example.parse(moment))
    let span = rule.span(at: time.milliseconds / 1000)
    #expect(span.clock.abbreviation == clock)
    #expect(span.start <= time.milliseconds / 1000 && time.milliseconds / 1000 < span.end)
  }
}
