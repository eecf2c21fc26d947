package import QueueCore

/// The clock that shows the times of a schedule: its zone's, or this machine's for an interval
/// without a zone.
package struct ScheduleClock {
  private let offsetSeconds: (Timestamp) -> Int

  /// - Parameters:
  ///   - zone: nil if it can't be read.
  ///   - localOffset: returns how far local time is east of UTC, in seconds.
  package init(
    _ spec: ScheduleSpec, _ zone: ZoneRules?, localOffset: @escaping (Timestamp) -> Int
  ) {
    let isInterval = if case .every = spec.timing { true } else { false }
    if let zone, !(isInterval && spec.zone == "UTC") {
      offsetSeconds = zone.offsetSeconds
    } else {
      offsetSeconds = localOffset
    }
  }

  /// `Sun 2027-03-28 03:00`, with seconds if there are any.
  package func text(_ time: Timestamp) -> String {
    let shown = LocalClock.dateAndTime(time, offsetSeconds: offsetSeconds(time))
    let day = (time + .seconds(offsetSeconds(time))).milliseconds / 86_400_000
    let weekday = Self.weekdays[Int((day % 7 + 7 + 4) % 7)]
    return "\(weekday) \(shown.hasSuffix(":00") ? String(shown.dropLast(3)) : shown)"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}

extension Schedule {
  /// The times at which it enqueues next, as they stand now.
  package func times(in zone: ZoneRules, atMost limit: Int) -> [Timestamp] {
    var times = nextAt.map { [$0] } ?? []
    while times.count < min(limit, spec.timesLeft ?? limit), let last = times.last,
      let next = next(after: last, in: zone)
    {
      times.append(next)
    }
    return times
  }
}
