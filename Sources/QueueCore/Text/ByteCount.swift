/// Parses and formats byte counts.
public enum ByteCount {
  /// Parses `500`, `64KB`, `10mb` or `2G`, by 1024; nil if malformed or too large.
  public static func parse(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).uppercased()
    let size = units.first { $0.name == unit || unit.count == 1 && $0.name == unit + "B" }?.size
    guard let number = Int(digits), let size else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: size)
    return overflow ? nil : bytes
  }

  /// Formats exactly, as ``parse(_:)`` reads it: `10MB`, `1500B`.
  public static func text(_ bytes: Int) -> String {
    let unit = units.last { bytes >= $0.size && bytes % $0.size == 0 && !$0.name.isEmpty }
    return unit.map { "\(bytes / $0.size)\($0.name)" } ?? "\(bytes)B"
  }

  /// Formats for display: `512B`, `1.5KB`, `12MB`.
  public static func brief(_ bytes: Int) -> String {
    guard let unit = units.last(where: { bytes >= $0.size }), unit.size > 1 else {
      return "\(bytes)B"
    }
    let (whole, rest) = bytes.quotientAndRemainder(dividingBy: unit.size)
    return "\(whole)" + (whole < 10 ? ".\(rest * 10 / unit.size)" : "") + unit.name
  }

  private static let units: [(name: String, size: Int)] = [
    ("", 1), ("B", 1), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40),
  ]
}
