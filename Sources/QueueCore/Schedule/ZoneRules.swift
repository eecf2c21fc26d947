/// A time zone of the zone database: its offset from UTC and its abbreviation at every moment.
///
/// Read from a file's bytes (`init(tzif:)`). Moments are seconds since 1970 in UTC; local times are
/// seconds from 1970-01-01 00:00 as calendars and clocks count.
public struct ZoneRules: Equatable, Sendable {
  /// An offset that holds for some time.
  struct Clock: Equatable, Sendable {
    /// Seconds ahead of UTC.
    var offset: Int64
    /// Such as `CET`.
    var abbreviation: String
  }

  /// The moment from which another offset applies.
  struct Change: Equatable, Sendable {
    var moment: Int64
    var clock: Clock
  }

  /// A period with one offset, from `start` to just before `end`.
  struct Span: Equatable, Sendable {
    var start: Int64
    var end: Int64
    var clock: Clock

    /// Seconds ahead of UTC.
    var offset: Int64 { clock.offset }
    /// The local time at which it ends, by its own clock.
    var localEnd: Int64 { end + offset }
  }

  /// The offset before the first change.
  let initial: Clock
  /// In order, each moment once.
  let changes: [Change]
  /// The rule after the last change; nil if its offset lasts for ever.
  let rule: PosixZone?

  /// The offsets that the zone database may have.
  /// Source: RFC 8536, section 3.2: from -24:59:59 to +25:59:59.
  static let offsets: ClosedRange<Int64> = -89_999...93_599
  /// More seconds than any offset.
  static let reach: Int64 = 26 * 3600
  /// Earlier than every change; far enough from the ends of the numbers to be added to.
  static let distantPast: Int64 = -1 << 60
  /// Later than every change.
  static let distantFuture: Int64 = 1 << 60

  /// Coordinated universal time, which needs no file.
  public static let utc = ZoneRules(
    initial: Clock(offset: 0, abbreviation: "UTC"), changes: [], rule: nil)

  /// Returns the period around a moment, without a change of offset.
  func span(at moment: Int64) -> Span {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].moment <= moment { low = middle + 1 } else { high = middle }
    }
    let start = low == 0 ? Self.distantPast : changes[low - 1].moment
    if low == changes.count, let rule {
      var span = rule.span(at: moment)
      span.start = max(span.start, start)
      return span
    }
    return Span(
      start: start, end: low == changes.count ? Self.distantFuture : changes[low].moment,
      clock: low == 0 ? initial : changes[low - 1].clock)
  }

  /// When clocks show a local time.
  enum Showing: Equatable {
    /// First at this moment.
    case at(Int64)
    /// Never: at this moment clocks skip it, by so many seconds.
    case skipped(at: Int64, by: Int64)
  }

  /// Returns the first moment at which clocks show a local time, or the change that skips it.
  func first(showing local: Int64) -> Showing {
    var before = span(at: local - Self.reach)
    while local >= before.localEnd {
      let next = span(at: before.end)
      if local < next.start + next.offset {
        return .skipped(at: next.start, by: next.offset - before.offset)
      }
      before = next
    }
    return .at(local - before.offset)
  }

  /// Seconds that clocks are ahead of UTC at a moment.
  public func offsetSeconds(at time: Timestamp) -> Int {
    Int(span(at: time.milliseconds.floorDivided(by: 1000)).offset)
  }

  /// The zone as ``TimeText`` reads local times in it.
  public var localZone: LocalZone { LocalZone { offsetSeconds(at: $0) } }

  /// ISO 8601 as local clocks show it, with the offset: `2027-03-28T03:00:00+02:00`. Seconds of an
  /// offset, which only times before 1972 have, are left out.
  public func iso8601(_ time: Timestamp) -> String {
    let offset = offsetSeconds(at: time)
    let local = Timestamp(bounded: time.milliseconds + Int64(offset) * 1000)
    let minutes = abs(offset) / 60
    return "\(local.iso8601.prefix(19))\(offset < 0 ? "-" : "+")\(minutes / 60, digits: 2)"
      + ":\(minutes % 60, digits: 2)"
  }
}

/// Bytes that aren't a usable file of the zone database.
public struct InvalidZone: Error, Equatable, Sendable, CustomStringConvertible {
  /// The problem, continuing a sentence that starts with the file.
  public let description: String

  /// - Parameter problem: continues a sentence that starts with the file.
  public init(_ problem: String) { description = problem }
}
