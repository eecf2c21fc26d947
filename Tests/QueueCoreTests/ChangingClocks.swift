import Foundation
import QueueCore
import Testing

/// Local times on the days on which clocks change.
@Suite struct ChangingClocks {
  /// A zone, its local time, a typed time, and the expected UTC.
  struct Example: Sendable {
    let zone: String
    let now: String
    let typed: String
    let expected: String

    init(_ zone: String, at now: String, _ typed: String, is expected: String) {
      (self.zone, self.now, self.typed, self.expected) = (zone, now, typed, expected)
    }

    var testDescription: String { "\(zone) at \(now): \(typed)" }
  }

  /// Examples of local times and their meaning.
  struct Rule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let examples: [Example]
  }

  static let rules = [
    Rule(
      testDescription: "on the day of a change, 12:00 is 12:00",
      examples: [
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-03-28 12:00", is: "2027-03-28T10:00Z"),
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-03-28 01:59", is: "2027-03-28T00:59Z"),
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-03-28 03:00", is: "2027-03-28T01:00Z"),
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-10-31 12:00", is: "2027-10-31T11:00Z"),
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-10-31 00:30", is: "2027-10-30T22:30Z"),
        Example("Europe/Berlin", at: "2027-10-31T04:30Z", "06:00", is: "2027-10-31T05:00Z"),
        Example("Europe/Berlin", at: "2027-03-27T23:30Z", "12:00", is: "2027-03-28T10:00Z"),
        Example(
          "America/New_York", at: "2026-11-23T12:00Z", "2027-03-14 12:00", is: "2027-03-14T16:00Z"),
        Example(
          "America/New_York", at: "2026-11-23T12:00Z", "2027-11-07 12:00", is: "2027-11-07T17:00Z"),
        Example("America/New_York", at: "2027-11-07T08:00Z", "06:00", is: "2027-11-07T11:00Z"),
        Example(
          "Australia/Lord_Howe", at: "2026-11-23T12:00Z", "2027-04-04 12:00",
          is: "2027-04-04T01:30Z"),
        Example(
          "Australia/Lord_Howe", at: "2026-11-23T12:00Z", "2027-10-03 12:00",
          is: "2027-10-03T01:00Z"),
        Example(
          "Africa/Cairo", at: "2026-11-23T12:00Z", "2027-04-30 12:00", is: "2027-04-30T09:00Z"),
        Example(
          "America/Santiago", at: "2026-11-23T12:00Z", "2027-09-05 12:00", is: "2027-09-05T15:00Z"),
        Example(
          "Asia/Kathmandu", at: "2026-11-23T12:00Z", "2027-03-28 12:00", is: "2027-03-28T06:15Z"),
        Example("Asia/Kathmandu", at: "2026-11-23T12:00Z", "17:46", is: "2026-11-23T12:01Z"),
        Example(
          "Pacific/Apia", at: "2011-12-01T12:00Z", "2011-12-31 12:00", is: "2011-12-30T22:00Z"),
        Example(
          "Pacific/Apia", at: "2011-12-01T12:00Z", "2011-12-29 12:00", is: "2011-12-29T22:00Z"),
        Example("Etc/UTC", at: "2026-11-23T12:00Z", "2027-03-28 02:30", is: "2027-03-28T02:30Z"),
      ]),
    Rule(
      testDescription: "a date and time in a gap means the end of the gap",
      examples: [
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-03-28 02:00", is: "2027-03-28T01:00Z"),
        Example(
          "Europe/Berlin", at: "2026-11-23T12:00Z", "2027-03-28 02:59", is: "2027-03-28T01:00Z"),
        Example(
          "America/New_York", at: "2026-11-23T12:00Z", "2027-03-14 02:30", is: "2027-03-14T07:00Z"),
        Example(
          "Australia/Lord_Howe", at: "2026-11-23T12:00Z", "2027-10-03 02:15",
          is: "2027-10-02T15:30Z"),
        Example(
          "Africa/Cairo", at: "2026-11-23T12:00Z", "2027-04-30 00:30", is: "2027-04-29T22:00Z"),
        Example(
          "America/Santiago", at: "2026-11-23T12:00Z", "2027-09-05 00:15", is: "2027-09-05T04:00Z"),
        Example(
          "Pacific/Apia", at: "2011-12-01T12:00Z", "2011-12-30 12:00", is: "2011-12-30T10:00Z"),
      ]),
    Rule(
      testDescription: "a time that comes twice means the first that is still ahead",
      examples: [
        Example(
          "Europe/Berlin", at: "2027-10-30T12:00Z", "2027-10-31 02:30", is: "2027-10-31T00:30Z"),
        Example(
          "Europe/Berlin", at: "2027-10-31T00:45Z", "2027-10-31 02:30", is: "2027-10-31T01:30Z"),
        // The second 02:45.
        Example("Europe/Berlin", at: "2027-10-31T01:45Z", "02:50", is: "2027-10-31T01:50Z"),
        Example("Europe/Berlin", at: "2027-10-31T01:45Z", "02:30", is: "2027-11-01T01:30Z"),
        Example("Europe/Berlin", at: "2027-10-31T00:45Z", "02:30", is: "2027-10-31T01:30Z"),
        Example(
          "Europe/Berlin", at: "2027-10-31T12:00Z", "2027-10-31 02:30", is: "2027-10-31T01:30Z"),
        Example("America/New_York", at: "2027-11-07T05:15Z", "01:30", is: "2027-11-07T05:30Z"),
        Example("America/New_York", at: "2027-11-07T05:45Z", "01:30", is: "2027-11-07T06:30Z"),
        Example("Australia/Lord_Howe", at: "2027-04-03T14:50Z", "01:45", is: "2027-04-03T15:15Z"),
        // 24:00 on 3 April is 23:00 again.
        Example("America/Santiago", at: "2027-04-04T02:30Z", "23:15", is: "2027-04-04T03:15Z"),
        Example("America/Santiago", at: "2027-04-04T03:10Z", "23:15", is: "2027-04-04T03:15Z"),
        // The clock went back from 00:01 to 23:01 of the previous day.
        Example("America/St_Johns", at: "2009-11-01T02:30:30Z", "23:30", is: "2009-11-01T03:00Z"),
      ]),
    Rule(
      testDescription: "HH:MM is never a time that the clock doesn't show that day",
      examples: [
        Example("Europe/Berlin", at: "2027-03-27T23:30Z", "02:30", is: "2027-03-29T00:30Z"),
        Example("America/New_York", at: "2027-03-14T06:30Z", "02:30", is: "2027-03-15T06:30Z"),
        Example("Australia/Lord_Howe", at: "2027-10-02T14:00Z", "02:15", is: "2027-10-03T15:15Z"),
        Example("Africa/Cairo", at: "2027-04-29T20:00Z", "00:30", is: "2027-04-30T21:30Z"),
        // The zone skipped 30 December 2011.
        Example("Pacific/Apia", at: "2011-12-30T08:00Z", "12:00", is: "2011-12-30T22:00Z"),
      ]),
  ]

  @Test(arguments: rules)
  func `FAULT 47: a local time is read correctly around a clock change`(rule: Rule) throws {
    for example in rule.examples {
      let zone = try #require(TimeZone(identifier: example.zone), "no zone \(example.zone)")
      let now = try #require(TimeText.example.parse(example.now))
      let times = TimeText(
        now: now,
        zone: LocalZone { time in
          zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
        })
      #expect(
        times.parse(example.typed)?.iso8601 == TimeText.example.parse(example.expected)?.iso8601,
        "\(example.testDescription)")
    }
  }

  /// Every quarter of an hour of two days around both changes of 2027.
  @Test(arguments: [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Santiago", "America/Havana",
    "Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Asia/Beirut", "Australia/Lord_Howe",
    "Pacific/Chatham", "Antarctica/Troll",
  ])
  func `FAULT 47: HH:MM is the next moment at which clocks show it`(name: String) throws {
    let zone = try #require(TimeZone(identifier: name), "no zone \(name)")
    let offset: @Sendable (Timestamp) -> Int = { time in
      zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }
    let minute: Int64 = 60_000
    let typed = ["00:00", "00:30", "01:15", "02:00", "02:30", "03:00", "12:00", "23:45"]
    let minutesOfDay: [Int64] = [0, 30, 75, 120, 150, 180, 720, 1425]
    var change = Date(timeIntervalSince1970: 1_798_761_600)  // 2027-01-01
    for _ in 1...2 {
      guard let next = zone.nextDaylightSavingTimeTransition(after: change) else { return }
      change = next
      let start = Int64(change.timeIntervalSince1970) * 1000 - 1440 * minute
      // The local minute of the day in each minute of five days.
      let shown = (0..<7200 as Range<Int64>).map { index in
        let time = start + index * minute
        let local = time + Int64(offset(Timestamp(milliseconds: time))) * 1000
        return local % 86_400_000 / minute
      }
      for now in stride(from: 0, to: 2880, by: 15) {
        let time = Timestamp(milliseconds: start + Int64(now) * minute + 1)
        let text = TimeText(now: time, zone: LocalZone(offset))
        for (typed, wanted) in zip(typed, minutesOfDay) {
          let first = try #require(shown[(now + 1)...].firstIndex(of: wanted))
          let found = try #require(text.parse(typed))
          if found.milliseconds != start + Int64(first) * minute {
            Issue.record("\(typed) at \(time.iso8601) is \(found.iso8601)")
          }
        }
      }
    }
  }
}
