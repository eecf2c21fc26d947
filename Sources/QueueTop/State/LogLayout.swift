import QueueOperations

/// Divides a log's lines into rows, and picks the visible ones.
struct LogLayout: Equatable, Sendable {
  /// A row of the screen: part of a line.
  struct Row: Equatable, Sendable {
    let line: LogLine
    /// The part, in Unicode scalars of the line's text.
    let scalars: Range<Int>

    func contains(_ place: LogPlace) -> Bool {
      line.bytes.lowerBound == place.line && scalars.contains(place.scalar)
    }
  }

  let text: LogText
  private let height: Int
  /// The width at which lines wrap; nil if they don't.
  private let columns: Int?
  /// The first row of each line, followed by the number of rows.
  private let starts: [Int]

  /// - Parameter columns: the width at which lines wrap; nil for no wrapping.
  init(_ text: LogText, height: Int, columns: Int?) {
    self.text = text
    self.height = max(1, height)
    self.columns = columns
    var starts = [0]
    for line in text.lines {
      starts.append((starts.last ?? 0) + Wrapping.ranges(line.text, width: columns).count)
    }
    self.starts = starts
  }

  /// The first visible place when the last row is at the bottom.
  var lastTop: LogPlace { place(ofRow: lastRow) }

  /// Whether the window contains the place.
  func holds(_ place: LogPlace) -> Bool {
    place.line >= text.bytes.lowerBound && (text.isAtEnd || place.line < text.bytes.upperBound)
  }

  /// Moves down by `rows`, or up if negative, as far as the screen stays full.
  /// - Returns: the new place, and the rows left to move in the next window.
  func moved(_ top: LogPlace, by rows: Int) -> (place: LogPlace, rest: Int) {
    let wanted = row(of: top) + rows
    let most = text.isAtEnd || rows > 0 ? lastRow : max(0, count - 1)
    let reached = max(0, min(wanted, most))
    let isAtEdge = wanted < reached ? text.isAtStart : text.isAtEnd
    return (place(ofRow: reached), isAtEdge ? 0 : wanted - reached)
  }

  /// Returns the visible rows.
  /// - Parameter top: the first one; nil for the end of the log.
  func shown(from top: LogPlace?) -> [Row] {
    let first = top.map { row(of: $0) } ?? lastRow
    let end = min(first + height, count)
    var rows: [Row] = []
    var index = line(ofRow: first)
    while rows.count < end - first {
      let line = text.lines[index]
      let ranges = Wrapping.ranges(line.text, width: columns)
      rows += ranges.dropFirst(rows.isEmpty ? first - starts[index] : 0).map {
        Row(line: line, scalars: $0)
      }
      index += 1
    }
    return Array(rows.prefix(end - first))
  }

  // MARK: Rows of all lines

  private var count: Int { starts.last ?? 0 }
  private var lastRow: Int { max(0, count - height) }

  private func line(ofRow row: Int) -> Int { max(0, (starts.firstIndex { $0 > row } ?? 1) - 1) }

  /// Returns the row of a place; if its line has changed, the line's first row.
  private func row(of place: LogPlace) -> Int {
    let index = text.lines.lastIndex { $0.bytes.lowerBound <= place.line } ?? 0
    guard text.lines.indices.contains(index), text.lines[index].bytes.lowerBound == place.line
    else { return starts[index] }
    let ranges = Wrapping.ranges(text.lines[index].text, width: columns)
    return starts[index] + (ranges.lastIndex { $0.lowerBound <= place.scalar } ?? 0)
  }

  private func place(ofRow row: Int) -> LogPlace {
    let index = line(ofRow: row)
    guard text.lines.indices.contains(index) else { return LogPlace(line: text.bytes.lowerBound) }
    let line = text.lines[index]
    let range = Wrapping.ranges(line.text, width: columns)[row - starts[index]]
    return LogPlace(line: line.bytes.lowerBound, scalar: range.lowerBound)
  }
}
