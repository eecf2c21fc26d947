import QueueCore
import QueueTop

/// Text in columns, cut to a terminal's width; elsewhere nothing is cut.
struct Table {
  struct Column {
    let title: String
    var isNumber = false
    /// Whether it is the first to be cut, to ``elasticLeast`` columns.
    var isElastic = false
    /// Others are dropped before an elastic column gets narrower than this.
    var elasticLeast = Table.narrowest
    /// The least width when other columns must be cut too; nil to never cut it.
    var least: Int?
    /// Whether longer text is cut in its middle, because the ends of names tell them apart.
    var isName = false
    /// Columns of the highest rank are dropped first if the table still doesn't fit; nil for never.
    var rank: Int?

    fileprivate func cut(_ text: String, _ width: Int) -> String {
      isName ? TextWidth.cutMiddle(text, to: width) : TextWidth.cut(text, to: width)
    }
  }

  /// A cell; its text is sanitized.
  struct Cell {
    var text: String
    var state: JobState?

    init(_ text: String, as state: JobState? = nil) {
      self.text = TerminalText.sanitized(text)
      self.state = state
    }
  }

  private static let gap = "  "
  static let narrowest = 8
  /// Names up to this width are cut only after all columns with a rank were dropped: a row without
  /// a name that can be typed is of little use. Room for COMMAND is left at 80 columns.
  private static let longestWholeName = 30
  /// When output isn't a terminal, a column is padded to at most this width.
  private static let widestPadding = 80

  private let columns: [Column]
  private var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [Cell]) {
    precondition(cells.count == columns.count, "a row has a cell for each column")
    rows.append(cells)
  }

  func lines(for terminal: Terminal) -> [String] {
    let natural = naturalWidths()
    var shown = Array(columns.indices)
    var widths = fitted(natural, shown, into: terminal.width)
    while let limit = terminal.width, Self.total(widths) > limit,
      let index = shown.indices.max(by: { rank(shown[$0]) < rank(shown[$1]) }),
      columns[shown[index]].rank != nil
    {
      shown.remove(at: index)
      widths = fitted(natural, shown, into: limit)
    }
    if let limit = terminal.width, Self.total(widths) > limit {
      cut(&widths, to: limit, leasts: shown.map { columns[$0].least })
      cut(&widths, to: limit, leasts: shown.map { columns[$0].isElastic ? Self.narrowest : nil })
    }
    let titles = columns.map { Cell($0.title) }
    return ([titles] + rows).map { line($0, shown, widths, terminal) }
  }

  private func rank(_ index: Int) -> Int { columns[index].rank ?? -1 }

  private static func total(_ widths: [Int]) -> Int {
    widths.reduce(0, +) + gap.count * (widths.count - 1)
  }

  private func naturalWidths() -> [Int] {
    columns.indices.map { index in
      rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index].text)) }
    }
  }

  /// Shrinks the widest elastic columns until the table fits, then columns with a `least` width.
  private func fitted(_ natural: [Int], _ shown: [Int], into limit: Int?) -> [Int] {
    let columns = shown.map { self.columns[$0] }
    var widths = shown.map { natural[$0] }
    guard let limit else { return widths.map { min($0, Self.widestPadding) } }
    cut(&widths, to: limit, leasts: columns.map { $0.isElastic ? $0.elasticLeast : nil })
    cut(
      &widths, to: limit,
      leasts: columns.map { column in
        column.least.map { column.isName ? max($0, Self.longestWholeName) : $0 }
      })
    return widths
  }

  /// Narrows the widest columns that have a least width.
  private func cut(_ widths: inout [Int], to limit: Int, leasts: [Int?]) {
    var excess = Self.total(widths) - limit
    while excess > 0 {
      let elastic = widths.indices.filter { widths[$0] > leasts[$0] ?? .max }
      guard let widest = elastic.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
  }

  private func line(
    _ cells: [Cell], _ shown: [Int], _ widths: [Int], _ terminal: Terminal
  ) -> String {
    var text = ""
    for (index, column) in shown.enumerated() {
      let cell = cells[column]
      let cut = terminal.width == nil ? cell.text : columns[column].cut(cell.text, widths[index])
      let space = String(repeating: " ", count: max(0, widths[index] - TextWidth.of(cut)))
      let painted = cell.state.map { terminal.colored(cut, as: $0) } ?? cut
      let isLast = index == shown.count - 1
      text += columns[column].isNumber ? space + painted : painted + (isLast ? "" : space)
      if !isLast { text += Self.gap }
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
