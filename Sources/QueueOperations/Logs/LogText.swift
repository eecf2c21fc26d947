package import QueueCore

/// A place in a log: a character of one of its lines.
package struct LogPlace: Equatable, Comparable, Sendable {
  /// The byte at which the line begins.
  package var line: Int
  /// The index of a Unicode scalar in ``LogLine/text``.
  package var scalar: Int

  package init(line: Int, scalar: Int = 0) {
    self.line = line
    self.scalar = scalar
  }

  package static func < (one: LogPlace, other: LogPlace) -> Bool {
    (one.line, one.scalar) < (other.line, other.scalar)
  }
}

/// The part of a log that a screen needs.
package struct LogRequest: Equatable, Sendable {
  package enum Place: Equatable, Sendable {
    /// The current end.
    case end
    /// Around the line at that byte.
    case at(Int)
  }

  package var run: RunID
  package var place: Place
  /// The height of the view. Twice as many lines are read on either side of the place.
  package var rows: Int

  package init(run: RunID, place: Place = .end, rows: Int) {
    self.run = run
    self.place = place
    self.rows = rows
  }
}

/// A line of a log.
package struct LogLine: Equatable, Sendable {
  /// Its bytes in the file, with the line end.
  package var bytes: Range<Int>
  /// Its inert text, without the line end.
  package var text: String
  /// Its number in the file, from 1; nil if unknown.
  package var number: Int?
  /// Whether it continues the line before it, which was broken because of its length.
  package var isContinued = false
  /// Whether it is a note about missing output rather than output of the job.
  package var isNote = false

  package init(_ bytes: Range<Int>, _ text: String, number: Int? = nil) {
    self.bytes = bytes
    self.text = text
    self.number = number
  }
}

/// A window of a log's lines.
package struct LogText: Equatable, Sendable {
  package enum Condition: Equatable, Sendable {
    case present
    /// No such file, or not yet.
    case missing
    /// Removed from its directory, and still readable here.
    case removed
  }

  /// The look that this window answers.
  package var request: LogRequest
  package var condition = Condition.present
  /// Consecutive lines.
  package var lines: [LogLine] = []
  /// The size of the file in bytes.
  package var size = 0

  package init(_ request: LogRequest) { self.request = request }

  /// Returns a share of the file in percent, rounded down.
  package static func percent(_ bytes: Int, of size: Int) -> Int {
    guard bytes < size else { return 100 }
    return max(0, Int(Double(bytes) / Double(size) * 100))
  }

  /// The range of the lines in the file.
  package var bytes: Range<Int> {
    (lines.first?.bytes.lowerBound ?? 0)..<(lines.last?.bytes.upperBound ?? 0)
  }
  /// Whether the lines include the log's first, and its last.
  package var isAtStart: Bool { bytes.lowerBound == 0 }
  package var isAtEnd: Bool { bytes.upperBound >= size }
}
