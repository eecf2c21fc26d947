import QueueCore

extension TimeText {
  /// The current time in these tests: 2026-11-23T12:00:00Z.
  static let exampleNow = Timestamp(milliseconds: 1_795_435_200_000)

  /// A parser at ``exampleNow`` in UTC.
  static var example: TimeText { at(offsetHours: 0) }

  /// A parser in a zone that is always this many hours ahead of UTC.
  static func at(offsetHours: Int64) -> TimeText {
    TimeText(now: exampleNow, zone: LocalZone { _ in Int(offsetHours * 3600) })
  }
}
