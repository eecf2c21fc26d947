/// Parses typed times: ISO 8601 with zone, `YYYY-MM-DD HH:MM[:SS]` or the next `HH:MM` in local
/// time, seconds since 1970, and `+10m`. A local time in a DST gap means its end; a local time that
/// occurs twice, the first still ahead.
public struct TimeText: Sendable {
  private let now: Timestamp
  private let zone: LocalZone

  /// Creates a parser; `now` is the base of `+10m` and `HH:MM`, `zone` that of local times.
  public init(now: Timestamp, zone: LocalZone) {
    self.now = now
    self.zone = zone
  }

  /// For the times that a store wrote: all have their zone.
  static let stored = TimeText(now: .earliest, zone: ZoneRules.utc.localZone)

  /// The accepted forms, for messages.
  public static let forms =
    "an ISO 8601 time with its zone, \"YYYY-MM-DD HH:MM\", \"HH:MM\", seconds since 1970, or "
    + "\"+10m\""

  /// Returns nil for an unknown form, an invalid date or a year past 9999.
  public func parse(_ text: String) -> Timestamp? {
    guard let time = time(text), time <= .latest else { return nil }
    return time
  }

  private func time(_ text: String) -> Timestamp? {
    if text.hasPrefix("+") { return Duration(text: String(text.dropFirst())).map { now + $0 } }
    if let seconds = Int64(text), text.utf8.count > 5, seconds >= 0 {
      let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : Timestamp(milliseconds: milliseconds)
    }
    var scanner = Scanner(text)
    if let clock = scanner.clockTime(), scanner.isAtEnd { return nextLocal(clock) }

    scanner = Scanner(text)
    guard let date = scanner.date(), scanner.skip("T") || scanner.skip(" "),
      let clock = scanner.clockTime()
    else { return nil }
    if scanner.isAtEnd { return local(date.dayNumber * Self.day + clock) }
    guard let offsetSeconds = scanner.zone(), scanner.isAtEnd else { return nil }
    return Timestamp(milliseconds: date.dayNumber * Self.day + clock - offsetSeconds * 1000)
  }

  private static let day: Int64 = 86_400_000

  private func local(_ local: Int64) -> Timestamp {
    let moments = zone.moments(showing: local)
    return moments.first { $0 > now } ?? moments.last ?? zone.endOfGap(at: local)
  }

  /// Starts yesterday, for clocks set back over midnight; some days lack a local time.
  private func nextLocal(_ clock: Int64) -> Timestamp? {
    let today = zone.day(of: now).dayNumber
    return (today - 1...today + 3).flatMap { zone.moments(showing: $0 * Self.day + clock) }
      .filter { $0 > now }.min()
  }

  private struct Scanner {
    var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? {
      let head = rest.prefix(count)
      guard head.count == count, head.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      rest = rest.dropFirst(count)
      return head.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    mutating func date() -> CivilDate? {
      guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2)
      else { return nil }
      return CivilDate(year: year, month: month, day: day)
    }

    /// Scans `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`, as milliseconds into the day.
    mutating func clockTime() -> Int64? {
      guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
        return nil
      }
      var milliseconds = Int64(hour * 3600 + minute * 60) * 1000
      guard skip(":") else { return milliseconds }
      guard let second = digits(2), second < 60 else { return nil }
      milliseconds += Int64(second) * 1000
      guard skip(".") else { return milliseconds }
      guard var scale = digits(1).map({ Int64($0) * 100 }) else { return nil }
      milliseconds += scale
      scale = 10
      while let digit = digits(1) {
        milliseconds += Int64(digit) * scale
        scale /= 10
      }
      return milliseconds
    }

    /// Scans `Z`, `+02:00` or `-0530`, as seconds east of UTC.
    mutating func zone() -> Int64? {
      if skip("Z") { return 0 }
      let sign: Int64
      if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
      guard let hours = digits(2), hours < 24 else { return nil }
      _ = skip(":")
      guard let minutes = digits(2), minutes < 60 else { return nil }
      return sign * Int64(hours * 3600 + minutes * 60)
    }
  }
}
