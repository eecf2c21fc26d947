/// Breaks text into lines.
enum Wrapping {
  /// Breaks at blanks, and within words longer than a line.
  static func lines(_ text: String, width: Int) -> [String] {
    guard width > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
      let columns = TextWidth.of(word)
      if used > 0, used + 1 + columns > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      if used > 0 { line += " "; used += 1 }
      for piece in pieces(word, width: width) {
        if used + TextWidth.of(piece) > width {
          lines.append(line)
          (line, used) = ("", 0)
        }
        line += piece
        used += TextWidth.of(piece)
      }
    }
    return lines + [line]
  }

  /// Cuts a text into pieces of at most `width` columns.
  static func pieces(_ text: String, width: Int) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return ranges(text, width: width).map { String(scalars[$0]) }
  }

  /// The pieces as ranges of Unicode scalars; a single one without a width.
  static func ranges(_ text: String, width: Int?) -> [Range<Int>] {
    let count = text.unicodeScalars.count
    guard let width, TextWidth.of(text) > width else { return [0..<count] }
    // ASCII: one column each.
    if count == text.utf8.count {
      return stride(from: 0, to: count, by: width).map { $0..<min($0 + width, count) }
    }
    var ranges: [Range<Int>] = []
    var (start, used) = (0, 0)
    for (index, scalar) in text.unicodeScalars.enumerated() {
      let next = TextWidth.of(scalar)
      if used + next > width, index > start {
        ranges.append(start..<index)
        (start, used) = (index, 0)
      }
      used += next
    }
    return ranges + [start..<count]
  }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    self.init(String.UnicodeScalarView(scalars))
  }
}
