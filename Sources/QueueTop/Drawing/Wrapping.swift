/// Breaks text into lines.
enum Wrapping {
  /// At blanks; a word that is longer than a line is broken.
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

  /// A text in pieces of at most `width` columns.
  static func pieces(_ text: String, width: Int) -> [String] {
    guard TextWidth.of(text) > width else { return [text] }
    var pieces: [String] = []
    var piece = String.UnicodeScalarView()
    var used = 0
    for scalar in text.unicodeScalars {
      let next = TextWidth.of(scalar)
      if used + next > width, !piece.isEmpty {
        pieces.append(String(piece))
        piece = String.UnicodeScalarView()
        used = 0
      }
      piece.append(scalar)
      used += next
    }
    return piece.isEmpty ? pieces : pieces + [String(piece)]
  }
}
