/// The size of a screen in characters.
public struct Size: Equatable, Sendable {
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// Creates a size.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// The style of a piece of text. The background is always the terminal's.
struct Style: Hashable, Sendable {
  /// The colour of the text. Without colours, all except `faint` are plain.
  enum Ink: Int, CaseIterable, Sendable { case plain, faint, blue, yellow, red }

  var ink = Ink.plain
  var isBold = false
  var isReversed = false

  static let plain = Style()
  static let faint = Style(ink: .faint)
  static let strong = Style(isBold: true)
  static let accent = Style(ink: .blue)
  static let warning = Style(ink: .yellow, isBold: true)
  static let alarm = Style(ink: .red, isBold: true)
  static let reversed = Style(isReversed: true)
}

/// The content of a screen, as a value.
struct Frame: Equatable, Sendable {
  /// A piece of a row in one style.
  struct Span: Equatable, Sendable {
    var text: String
    var style: Style
    /// The effect of a click on it; nil for none.
    var target: ClickTarget?
  }

  /// A row, exactly as wide as the screen.
  struct Row: Equatable, Sendable {
    var spans: [Span]

    var text: String { spans.map(\.text).joined() }
  }

  /// A place on the screen, counted from 0.
  struct Place: Equatable, Sendable {
    var row: Int
    var column: Int
  }

  let size: Size
  /// The rows, as many as the size has.
  var rows: [Row]
  /// The place of the text cursor; nil hides it.
  var cursor: Place?

  /// Creates a frame from the top; missing rows are blank, surplus ones are dropped.
  init(_ size: Size, _ lines: [Line], cursor: Place? = nil) {
    self.size = size
    self.cursor = cursor
    rows = lines.prefix(size.height).map(\.row)
    while rows.count < size.height {
      rows.append(Line(size.width).row)
    }
  }

  /// Draws lines over the frame, the first one at `place`.
  mutating func overlay(_ lines: [Line], at place: Place) {
    for (index, line) in lines.enumerated() where rows.indices.contains(place.row + index) {
      let under = rows[place.row + index]
      rows[place.row + index] = Self.splice(line.row, over: under, at: place.column, size.width)
    }
  }

  /// Returns the effect of a click at a place; nil for none.
  func target(at place: Place) -> ClickTarget? {
    guard rows.indices.contains(place.row) else { return nil }
    var column = 0
    for span in rows[place.row].spans {
      column += TextWidth.of(span.text)
      if place.column < column { return span.target }
    }
    return nil
  }

  private static func splice(_ top: Row, over under: Row, at column: Int, _ width: Int) -> Row {
    var line = Line(width, theme: .unicode)
    line.append(under, columns: 0..<column)
    line.pad(to: column)
    line.append(top, columns: 0..<width)
    line.append(under, columns: line.used..<width)
    return line.row
  }
}
