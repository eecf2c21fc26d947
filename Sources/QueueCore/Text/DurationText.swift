extension Duration {
  /// Whole milliseconds, rounded down and clamped.
  public var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (thousand, isTooMuch) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, isJustTooMuch) = thousand.addingReportingOverflow(
      attoseconds.floorDivided(by: 1_000_000_000_000_000))
    if isTooMuch || isJustTooMuch { return seconds > 0 ? .max : .min }
    return sum
  }

  /// Whole nanoseconds, rounded down and clamped.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (billion, isTooMuch) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isJustTooMuch) = billion.addingReportingOverflow(
      attoseconds.floorDivided(by: 1_000_000_000))
    if isTooMuch || isJustTooMuch { return seconds > 0 ? .max : .min }
    return sum
  }

  /// Seconds as a fraction, cut to microseconds so that the text is short.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isTooMuch) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflow || isTooMuch ? Double(seconds) : Double(sum) / 1_000_000
  }

  /// Parses `90` (seconds), `1.5s`, `250ms`, `5m`, `1h30m` or `2d`.
  /// Nil if malformed, negative or more than 100 years.
  public init?(text: String) {
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    if let seconds = Self.number(rest) {
      guard let duration = Self.checked(milliseconds: seconds * 1000) else { return nil }
      self = duration
      return
    }
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      let unit = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
      guard let value = Self.number(digits), let factor = Self.millisecondsPerUnit[String(unit)]
      else {
        return nil
      }
      total += value * factor
      rest = rest.dropFirst(digits.count + unit.count)
    }
    guard let duration = Self.checked(milliseconds: total) else { return nil }
    self = duration
  }

  /// Formats exactly to the millisecond, as ``init(text:)`` reads it: `1h30m`, `1m30s`, `250ms`.
  public var text: String {
    var rest = milliseconds
    guard rest > 0 else { return "0s" }
    var parts = ""
    for (unit, size) in Self.units where rest >= size {
      parts += "\(rest / size)\(unit)"
      rest %= size
    }
    return parts
  }

  /// Formats for display: `0.34s`, `3.1s`, `42s`, `1m05s`, `2h10m`, `3d4h`.
  public var brief: String {
    let milliseconds = max(0, self.milliseconds)
    let seconds = Int(milliseconds / 1000)
    switch milliseconds {
    case ..<1_000: return "0.\(Int(milliseconds / 10), digits: 2)s"
    case ..<10_000: return "\(seconds).\(milliseconds / 100 % 10)s"
    case ..<60_000: return "\(seconds)s"
    case ..<3_600_000: return "\(seconds / 60)m\(seconds % 60, digits: 2)s"
    case ..<86_400_000: return "\(seconds / 3600)h\(seconds / 60 % 60, digits: 2)m"
    default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
    }
  }

  private static let units: [(String, Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]
  private static let millisecondsPerUnit = Dictionary(
    uniqueKeysWithValues: units.map { ($0.0, Double($0.1)) })

  private static func number(_ text: Substring) -> Double? {
    guard let first = text.first, let last = text.last, first != ".", last != ".",
      text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") })
    else { return nil }
    return Double(text)
  }

  private static func checked(milliseconds: Double) -> Duration? {
    guard milliseconds.isFinite, milliseconds <= 100 * 365.25 * 86_400_000 else { return nil }
    return .milliseconds(Int64(milliseconds.rounded()))
  }
}
