/// A set of exit statuses, written as `2,64-78`.
public struct ExitStatusSet: Equatable, Sendable, CustomStringConvertible {
  /// Its parts, as typed.
  public let ranges: [ClosedRange<Int>]

  /// All exit statuses.
  public static let all = 0...255
  /// Exit statuses of failed runs.
  public static let failures = 1...255

  /// The expected form, for messages.
  public static func form(_ possible: ClosedRange<Int> = failures) -> String {
    "exit statuses from \(possible.lowerBound) to \(possible.upperBound), such as 2,64-78"
  }

  /// Parses comma-separated numbers and ranges; nil when malformed, empty or out of range.
  public init?(_ text: String, among possible: ClosedRange<Int> = failures) {
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        .map { Int(Self.trimmed($0)) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
        first <= last, possible.contains(first), possible.contains(last)
      else { return nil }
      ranges.append(first...last)
    }
    guard !ranges.isEmpty else { return nil }
    self.ranges = ranges
  }

  /// Creates a set of one range.
  public init(_ range: ClosedRange<Int>) { ranges = [range] }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text.drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    return rest
  }

  /// Whether the set includes `status`.
  public func contains(_ status: Int) -> Bool {
    ranges.contains { $0.contains(status) }
  }

  /// The set as typed.
  public var description: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
