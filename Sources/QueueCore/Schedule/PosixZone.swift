/// A rule for the clocks of every year, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Source: RFC 8536, section 3.3.1: the `TZ` of POSIX, with hours from -167 to 167 in times of day
/// and names like `<+03>`. Its offsets count west of UTC; ours count east.
struct PosixZone: Equatable, Sendable {
  /// The clock outside summer time.
  let standard: ZoneRules.Clock
  /// Nil where clocks never change.
  let summer: Summer?

  struct Summer: Equatable, Sendable {
    var clock: ZoneRules.Clock
    /// By the clock that holds until then, as is `end`.
    var start: YearlyTime
    var end: YearlyTime
  }

  /// The time around a moment in which clocks don't change by this rule.
  func span(at moment: Int64) -> ZoneRules.Span {
    guard summer != nil else {
      return ZoneRules.Span(
        start: ZoneRules.distantPast, end: ZoneRules.distantFuture, clock: standard)
    }
    // A time of up to a week before or after its day may fall into another year.
    let year = CivilDate(dayNumber: moment.floorDivided(by: 86_400)).year
    let changes = (year - 2...year + 2).flatMap { self.changes(in: $0) }.enumerated()
      .sorted { ($0.element.moment, $0.offset) < ($1.element.moment, $1.offset) }.map(\.element)
    let next = changes.firstIndex { $0.moment > moment } ?? changes.endIndex - 1
    return ZoneRules.Span(
      start: changes[next - 1].moment, end: changes[next].moment, clock: changes[next - 1].clock)
  }

  /// The start before the end. Of summer time all year long, each end is at the same moment as the
  /// start of the next year, which comes later and so holds.
  private func changes(in year: Int) -> [ZoneRules.Change] {
    guard let summer else { return [] }
    let start = summer.start.local(in: year) - standard.offset
    let end = summer.end.local(in: year) - summer.clock.offset
    return [
      ZoneRules.Change(moment: start, clock: summer.clock),
      ZoneRules.Change(moment: end, clock: standard),
    ]
  }

  /// A time of a day of each year.
  struct YearlyTime: Equatable, Sendable {
    enum Day: Equatable, Sendable {
      /// From 1 to 365; 29 February is never counted.
      case withoutLeapDay(Int)
      /// From 0 to 365; 29 February is counted.
      case ofYear(Int)
      /// The `week`th such day of the month, 5 for the last; 0 is Sunday.
      case weekday(Int, week: Int, month: Int)
    }

    var day: Day
    /// Seconds after 00:00, up to a week before or after.
    var time: Int64

    /// As calendars and clocks count.
    func local(in year: Int) -> Int64 { dayNumber(in: year) * 86_400 + time }

    private func dayNumber(in year: Int) -> Int64 {
      let newYear = CivilDate.dayNumber(year: year, month: 1, day: 1)
      switch day {
      case .ofYear(let day): return newYear + Int64(day)
      case .withoutLeapDay(let day):
        let isPast = day >= 60 && CivilDate.length(ofMonth: 2, year: year) == 29
        return newYear + Int64(day - 1) + (isPast ? 1 : 0)
      case .weekday(let weekday, let week, let month):
        let first = CivilDate.dayNumber(year: year, month: month, day: 1)
        let day = (weekday - CivilDate.weekday(of: first) + 7) % 7 + (week - 1) * 7
        let isPastEnd = day >= CivilDate.length(ofMonth: month, year: year)
        return first + Int64(isPastEnd ? day - 7 : day)
      }
    }
  }
}

extension PosixZone {
  /// Nil for text of another form. Summer time without its dates is refused, too.
  init?(_ text: ArraySlice<UInt8>) {
    var scanner = Scanner(rest: text)
    guard let name = scanner.name(), let west = scanner.time(hours: 24) else { return nil }
    standard = ZoneRules.Clock(offset: -west, abbreviation: name)
    if scanner.rest.isEmpty {
      summer = nil
      return
    }
    guard let summerName = scanner.name() else { return nil }
    var offset = standard.offset + 3600
    if scanner.rest.first != UInt8(ascii: ",") {
      guard let west = scanner.time(hours: 24) else { return nil }
      offset = -west
    }
    guard let start = scanner.yearlyTime(), let end = scanner.yearlyTime(), scanner.rest.isEmpty
    else { return nil }
    summer = Summer(
      clock: ZoneRules.Clock(offset: offset, abbreviation: summerName), start: start, end: end)
  }

  /// Nil unless it is three or more letters, digits, `+` and `-`, as the zone database has them.
  static func abbreviation(_ bytes: ArraySlice<UInt8>) -> String? {
    let isFit = bytes.allSatisfy { byte in
      isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
    return isFit && bytes.count >= 3 ? String(decoding: bytes, as: UTF8.self) : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
      let digits = rest.prefix(while: isDigit)
      guard (1...3).contains(digits.count) else { return nil }
      rest = rest.dropFirst(digits.count)
      let number = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
      return range.contains(number) ? number : nil
    }

    /// Letters, or anything fit in angle brackets.
    mutating func name() -> String? {
      guard skip("<") else {
        let letters = rest.prefix(while: isLetter)
        rest = rest.dropFirst(letters.count)
        return abbreviation(letters)
      }
      let name = rest.prefix { $0 != UInt8(ascii: ">") }
      rest = rest.dropFirst(name.count)
      return skip(">") ? abbreviation(name) : nil
    }

    /// `[+-]H[:MM[:SS]]`, in seconds.
    mutating func time(hours: Int) -> Int64? {
      let isNegative = skip("-")
      if !isNegative { _ = skip("+") }
      guard let hour = number(0...hours) else { return nil }
      var seconds = hour * 3600
      for unit in [60, 1] where skip(":") {
        guard let number = number(0...59) else { return nil }
        seconds += number * unit
      }
      return Int64(isNegative ? -seconds : seconds)
    }

    /// `,Mm.w.d`, `,Jn` or `,n`, and `/time` or 02:00.
    mutating func yearlyTime() -> YearlyTime? {
      guard skip(","), let day = day() else { return nil }
      guard skip("/") else { return YearlyTime(day: day, time: 2 * 3600) }
      return time(hours: 167).map { YearlyTime(day: day, time: $0) }
    }

    private mutating func day() -> YearlyTime.Day? {
      if skip("J") { return number(1...365).map { .withoutLeapDay($0) } }
      guard skip("M") else { return number(0...365).map { .ofYear($0) } }
      guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
        let weekday = number(0...6)
      else { return nil }
      return .weekday(weekday, week: week, month: month)
    }
  }
}
