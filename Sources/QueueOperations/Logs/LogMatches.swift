package import QueueHost

/// The lines of a log that match a pattern, from its start.
package struct LogMatches: Equatable, Sendable {
  /// A matching line as displayed.
  package struct Line: Equatable, Sendable {
    /// Where it begins in the log, in bytes.
    package let start: Int
    /// Its inert text.
    package let text: String
  }

  /// The first matching lines.
  package private(set) var lines: [Line] = []
  /// How many lines match in the searched part.
  package private(set) var count = 0
  /// How many bytes weren't searched when the time was over; nil if all were.
  package private(set) var unsearched: Int?

  /// The number of lines searched between two readings of the clock.
  private static let linesAtOnce = 256

  /// - Parameter limit: how many lines are kept; all are counted.
  package init(
    of pattern: LogPattern, in log: LogReader, limit: Int, until isTimeUp: () -> Bool
  ) throws(LogFailure) {
    var scanner = try LogScanner(log, at: 0)
    var examined = 0
    while let line = try scanner.next() {
      examined += 1
      if examined % Self.linesAtOnce == 0, isTimeUp() {
        unsearched = max(0, scanner.size - scanner.position)
        return
      }
      guard !line.isGap, pattern.mayBe(in: line.content) else { continue }
      let text = line.shown.text
      guard !pattern.ranges(in: text).isEmpty else { continue }
      count += 1
      if lines.count < limit { lines.append(Line(start: line.bytes.lowerBound, text: text)) }
    }
  }
}
