import Foundation

/// The characters on an xterm-like terminal after its output so far, without attributes.
struct PaintedScreen {
  private var rows: [[Character]]
  private var row = 0
  private var column = 0
  private var saved = (row: 0, column: 0)
  private var last: Character = " "
  /// The rows that scroll.
  private var region: Range<Int>
  private var columns: Int { rows[0].count }

  init(columns: Int, rows: Int) {
    self.rows = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    region = 0..<rows
  }

  /// Its lines, without trailing blanks.
  var text: String {
    rows.map { row in
      String(row.prefix(row.count - row.reversed().prefix { $0 == " " }.count))
    }.joined(separator: "\n")
  }

  mutating func take(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\u{1B}": sequence(&rest)
      case "\r": column = 0
      case "\n": move(row + 1, column)
      case "\u{8}": column = max(0, column - 1)
      case "\u{0}"..."\u{1F}": break
      default: put(Character(scalar))
      }
    }
  }

  // MARK: Details

  private mutating func put(_ character: Character) {
    if column >= columns {
      column = 0
      move(row + 1, 0)
    }
    rows[row][column] = character
    column += 1
    last = character
  }

  private mutating func move(_ row: Int, _ column: Int) {
    self.row = max(0, min(rows.count - 1, row))
    self.column = max(0, min(columns - 1, column))
  }

  private mutating func sequence(_ rest: inout Substring.UnicodeScalarView) {
    switch rest.popFirst() {
    case "[": control(&rest)
    case "(", ")": _ = rest.popFirst()
    case "]": while let next = rest.popFirst(), next != "\u{7}" {}
    case "M": move(row - 1, column)
    case "7": saved = (row, column)
    case "8": (row, column) = saved
    default: break
    }
  }

  private mutating func control(_ rest: inout Substring.UnicodeScalarView) {
    var words = ""
    while let next = rest.popFirst() {
      guard (0x40...0x7E).contains(next.value) else {
        words.unicodeScalars.append(next)
        continue
      }
      return obey(
        next, words.split(separator: ";").map { Int($0) ?? 0 }, isPrivate: words.hasPrefix("?"))
    }
  }

  private mutating func obey(_ command: Unicode.Scalar, _ numbers: [Int], isPrivate: Bool) {
    guard !isPrivate else { return }
    let first = numbers.first ?? 0
    let count = max(1, first)
    switch command {
    case "H": move(max(1, first) - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case "d": move(count - 1, column)
    case "G": move(row, count - 1)
    case "A": move(row - count, column)
    case "B": move(row + count, column)
    case "C": move(row, column + count)
    case "D": move(row, column - count)
    case "J": erase(screen: first)
    case "K": erase(in: first == 1 ? 0..<(column + 1) : first == 2 ? 0..<columns : column..<columns)
    case "X": erase(in: column..<min(columns, column + count))
    case "P": rows[row] = shifted(rows[row], removing: count)
    case "@": rows[row] = shifted(rows[row], inserting: count)
    case "L": insertRows(count)
    case "M": removeRows(count)
    case "r":
      region =
        (count - 1)..<max(count, min(rows.count, numbers.count > 1 ? numbers[1] : rows.count))
      move(0, 0)
    case "S": scroll(count)
    case "T": scroll(-count)
    case "b": for _ in 0..<count { put(last) }
    default: break
    }
  }

  private mutating func erase(in range: Range<Int>) {
    for index in range where index < columns { rows[row][index] = " " }
  }

  private mutating func erase(screen kind: Int) {
    let blank = [Character](repeating: " ", count: columns)
    if kind == 2 { return rows = rows.map { _ in blank } }
    erase(in: column..<columns)
    for index in rows.indices where index > row { rows[index] = blank }
  }

  private func shifted(_ line: [Character], removing count: Int) -> [Character] {
    let kept = line[..<column] + line[min(columns, column + count)...]
    return kept + Array(repeating: " ", count: columns - kept.count)
  }

  private func shifted(_ line: [Character], inserting count: Int) -> [Character] {
    Array((line[..<column] + Array(repeating: " ", count: count) + line[column...]).prefix(columns))
  }

  /// Moves the rows of the region up, or down if the count is negative.
  private mutating func scroll(_ count: Int) {
    let blank = [Character](repeating: " ", count: columns)
    let blanks = Array(repeating: blank, count: min(region.count, abs(count)))
    let kept = Array(count > 0 ? rows[region].dropFirst(count) : rows[region].dropLast(-count))
    rows.replaceSubrange(region, with: count > 0 ? kept + blanks : blanks + kept)
  }

  private mutating func insertRows(_ count: Int) {
    let blank = [Character](repeating: " ", count: columns)
    rows.insert(contentsOf: Array(repeating: blank, count: count), at: row)
    rows.removeLast(count)
  }

  private mutating func removeRows(_ count: Int) {
    let blank = [Character](repeating: " ", count: columns)
    rows.removeSubrange(row..<min(rows.count, row + count))
    rows += Array(repeating: blank, count: count)
  }
}
