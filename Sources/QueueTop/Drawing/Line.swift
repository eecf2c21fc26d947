import QueueCore

/// A row of the screen, written from left to right.
///
/// Sanitizes text with ``TerminalText`` and cuts it at the edge; a wide character never straddles
/// the edge.
struct Line {
  let width: Int
  let theme: Theme
  /// The columns written so far.
  private(set) var used = 0
  private var spans: [Frame.Span] = []
  /// The effect of a click on the text written next.
  private var target: ClickTarget?

  init(_ width: Int, theme: Theme = .unicode) {
    self.width = width
    self.theme = theme
  }

  /// The columns left.
  var room: Int { max(0, width - used) }

  /// The row, padded with blanks.
  var row: Frame.Row {
    var filled = self
    filled.pad(to: width)
    return Frame.Row(spans: filled.spans)
  }

  /// Writes text as far as it fits.
  mutating func put(_ text: String, _ style: Style = .plain) {
    add(TerminalText.sanitized(text), style)
  }

  /// Writes text that can be clicked.
  mutating func clickable(_ target: ClickTarget?, _ write: (inout Line) -> Void) {
    self.target = target
    write(&self)
    self.target = nil
  }

  /// Writes text only if all of it fits.
  mutating func putWhole(_ text: String, _ style: Style = .plain) {
    if TextWidth.of(TerminalText.sanitized(text)) <= room { put(text, style) }
  }

  /// Writes text in a field of `columns`, cut with an ellipsis or padded with blanks.
  mutating func put(
    _ text: String, _ style: Style = .plain, in columns: Int, alignedRight: Bool = false
  ) {
    let columns = min(columns, room)
    let end = used + columns
    let shown = TextWidth.cut(TerminalText.sanitized(text), to: columns)
    if alignedRight { pad(to: end - TextWidth.of(shown)) }
    add(shown, style)
    pad(to: end)
  }

  /// Writes blanks, or another character, up to that column.
  mutating func pad(to column: Int, with filling: Character = " ", _ style: Style = .plain) {
    let count = min(column, width) - used
    if count > 0 { add(String(repeating: filling, count: count), style) }
  }

  /// Writes text that ends `margin` columns before the edge, right of the text already written.
  mutating func putRight(_ text: String, _ style: Style = .plain, margin: Int = 1) {
    let text = TerminalText.sanitized(text)
    let start = width - margin - TextWidth.of(text)
    guard start >= used else { return }
    pad(to: start)
    add(text, style)
  }

  /// Reverses the whole row and removes its colours, which would appear as blocks.
  mutating func reverse() {
    pad(to: width)
    for index in spans.indices {
      spans[index].style.ink = .plain
      spans[index].style.isReversed = true
    }
  }

  /// Dims the whole row, for outdated content.
  mutating func dim() {
    for index in spans.indices {
      spans[index].style.ink = .faint
      spans[index].style.isBold = false
    }
  }

  /// Appends the content of another line.
  mutating func append(_ line: Line) { append(line.row, columns: 0..<line.used) }

  /// Appends columns of a finished row.
  mutating func append(_ row: Frame.Row, columns: Range<Int>) {
    var column = 0
    for span in row.spans {
      var piece = String.UnicodeScalarView()
      for scalar in span.text.unicodeScalars {
        let next = TextWidth.of(scalar)
        if column >= columns.lowerBound, column + next <= columns.upperBound {
          piece.append(scalar)
        } else if next == 2, column + 1 == columns.lowerBound, columns.count > 0 {
          piece.append(" ")
        }
        column += next
      }
      target = span.target
      add(String(piece), span.style)
    }
    target = nil
  }

  // MARK: Details

  /// The most combining characters per character; more is an attack, not a script.
  private static let mostMarks = 2

  private mutating func add(_ text: String, _ style: Style) {
    guard room > 0, !text.isEmpty else { return }
    if text.utf8.count <= room, text.utf8.allSatisfy({ $0 < 0x80 }) {
      return append(text, style, columns: text.utf8.count)
    }
    var piece = String.UnicodeScalarView()
    var columns = 0
    var marks = 0
    scalars: for scalar in text.unicodeScalars {
      let next = TextWidth.of(scalar)
      if next == 0 {
        marks += 1
        if columns > 0, marks <= Self.mostMarks, theme.isUnicode { piece.append(scalar) }
        continue
      }
      marks = 0
      if columns + next > room { break scalars }
      piece.append(contentsOf: theme.fold(scalar))
      columns += next
    }
    append(String(piece), style, columns: columns)
  }

  private mutating func append(_ text: String, _ style: Style, columns: Int) {
    guard columns > 0 else { return }
    if let last = spans.indices.last, spans[last].style == style, spans[last].target == target {
      spans[last].text += text
    } else {
      spans.append(Frame.Span(text: text, style: style, target: target))
    }
    used += columns
  }
}
