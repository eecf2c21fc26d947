import QueueCore

extension TimeText {
  /// Now, in these tests: 2026-11-23T12:00:00Z.
  static let exampleNow = Timestamp(milliseconds: 1_795_435_200_000)

  /// Times as they are typed at ``exampleNow`` in a place that keeps UTC.
  static var example: TimeText { at(offsetHours: 0) }

  /// The same in a place that is so many hours ahead of UTC all year.
  static func at(offsetHours: Int64) -> TimeText {
    TimeText(now: exampleNow, zone: LocalZone { _ in Int(offsetHours * 3600) })
  }
}
