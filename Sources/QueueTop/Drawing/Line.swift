import QueueCore

/// One row of the screen while it is being written, from left to right.
///
/// Whatever is put on it stays harmless and inside its width: text passes ``TerminalText`` here,
/// what is too long is cut, and a wide character never straddles the edge.
struct Line {
  let width: Int
  let theme: Theme
  /// Columns that are written.
  private(set) var used = 0
  private var spans: [Frame.Span] = []
  /// The meaning of a click on what is written next.
  private var target: ClickTarget?

  init(_ width: Int, theme: Theme = .unicode) {
    self.width = width
    self.theme = theme
  }

  /// What is left of it.
  var room: Int { max(0, width - used) }

  /// The row, filled up with blanks.
  var row: Frame.Row {
    var filled = self
    filled.pad(to: width)
    return Frame.Row(spans: filled.spans)
  }

  /// Text as far as it fits.
  mutating func put(_ text: String, _ style: Style = .plain) {
    add(TerminalText.sanitized(text), style)
  }

  /// Writes something that can be clicked.
  mutating func clickable(_ target: ClickTarget?, _ write: (inout Line) -> Void) {
    self.target = target
    write(&self)
    self.target = nil
  }

  /// Text where all of it fits; nothing else.
  mutating func putWhole(_ text: String, _ style: Style = .plain) {
    if TextWidth.of(TerminalText.sanitized(text)) <= room { put(text, style) }
  }

  /// Text in a field of `columns`, cut with an ellipsis, blank where it is shorter.
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

  /// Blanks, or another character, up to that column.
  mutating func pad(to column: Int, with filling: Character = " ", _ style: Style = .plain) {
    let count = min(column, width) - used
    if count > 0 { add(String(repeating: filling, count: count), style) }
  }

  /// Text that ends `margin` columns before the edge; what is written already stays.
  mutating func putRight(_ text: String, _ style: Style = .plain, margin: Int = 1) {
    let text = TerminalText.sanitized(text)
    let start = width - margin - TextWidth.of(text)
    guard start >= used else { return }
    pad(to: start)
    add(text, style)
  }

  /// Has all of it in reverse, without colours: they would make blocks of it.
  mutating func reverse() {
    pad(to: width)
    for index in spans.indices {
      spans[index].style.ink = .plain
      spans[index].style.isReversed = true
    }
  }

  /// Takes the colours from all of it, for what is no longer true.
  mutating func dim() {
    for index in spans.indices {
      spans[index].style.ink = .faint
      spans[index].style.isBold = false
    }
  }

  /// What is written on another line.
  mutating func append(_ line: Line) { append(line.row, columns: 0..<line.used) }

  /// Those columns of a row that is made already.
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

  /// How many characters without a width of their own may stand on one: more is an attack, not a
  /// script.
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
