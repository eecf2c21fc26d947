/// A wall-clock time in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Milliseconds since 1970, without leap seconds.
  public var milliseconds: Int64

  /// The last millisecond of year 9999.
  public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

  /// The first millisecond of year 1.
  public static let earliest = Timestamp(milliseconds: -62_135_596_800_000)

  /// Clamps milliseconds since 1970 to years 1 to 9999.
  public init(bounded milliseconds: Int64) {
    let range = Self.earliest.milliseconds...Self.latest.milliseconds
    self.init(milliseconds: min(max(milliseconds, range.lowerBound), range.upperBound))
  }

  /// - Parameter milliseconds: since 1970-01-01T00:00:00Z.
  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// Whole minutes since 1970, rounded down.
  public var minute: Int64 { milliseconds.floorDivided(by: 60_000) }

  /// ISO 8601 in UTC with milliseconds: `2026-11-23T20:05:01.123Z`.
  public var iso8601: String {
    let day = milliseconds.floorDivided(by: 86_400_000)
    let rest = Int(milliseconds - day * 86_400_000)
    let date = CivilDate(dayNumber: day)
    return "\(date.description)T\(rest / 3_600_000, digits: 2):\(rest / 60_000 % 60, digits: 2)"
      + ":\(rest / 1000 % 60, digits: 2).\(rest % 1000, digits: 3)Z"
  }

  /// Orders by time.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// Adds a duration; clamped to ``latest``.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = time.milliseconds.addingReportingOverflow(duration.milliseconds)
    return overflow ? latest : min(Timestamp(milliseconds: sum), latest)
  }

  /// Returns the time `duration` earlier, at most ``latest``.
  static func - (time: Timestamp, duration: Duration) -> Timestamp { time + (.zero - duration) }

  /// Returns the time from `earlier` to `later`; may be negative.
  public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
    .milliseconds(later.milliseconds - earlier.milliseconds)
  }
}

/// A date in the Gregorian calendar.
/// Source: <https://howardhinnant.github.io/date_algorithms.html>
public struct CivilDate: Equatable, Sendable, CustomStringConvertible {
  /// The year; 1970 or later in stored data.
  public var year: Int
  /// 1 to 12.
  public var month: Int
  /// 1 to 31.
  public var day: Int

  /// Converts days since 1970-01-01.
  public init(dayNumber: Int64) {
    let shifted = dayNumber + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  /// Nil for an invalid date, such as 30 February.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month), day >= 1, (1...9999).contains(year) else {
      return nil
    }
    guard day <= Self.length(ofMonth: month, year: year) else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int64 { Self.dayNumber(year: year, month: month, day: day) }

  /// Days since 1970-01-01 of a day of any year.
  static func dayNumber(year: Int, month: Int, day: Int) -> Int64 {
    let marchYear = Int64(month <= 2 ? year - 1 : year)
    let era = marchYear.floorDivided(by: 400)
    let yearOfEra = marchYear - era * 400
    let marchMonth = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * marchMonth + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// How many days a month has.
  static func length(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// From 0 for Sunday to 6: of the day `dayNumber` days after 1970-01-01, a Thursday.
  static func weekday(of dayNumber: Int64) -> Int {
    Int(dayNumber + 4 - (dayNumber + 4).floorDivided(by: 7) * 7)
  }

  /// `2026-11-23`.
  public var description: String { "\(year, digits: 4)-\(month, digits: 2)-\(day, digits: 2)" }
}

extension Int64 {
  func floorDivided(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
  }
}
