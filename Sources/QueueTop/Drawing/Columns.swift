import QueueCore

/// A column of a table.
struct Column<Row> {
  let title: String
  var width: Int
  var isNumber = false
  /// Whether it takes the remaining width and scrolls with the arrow keys.
  var isElastic = false
  /// Whether longer text is cut in its middle, because the ends of names tell them apart.
  var isName = false
  /// Columns are dropped in this order if the screen is too narrow; nil for a column that stays.
  var dropRank: Int?
  /// The effect of a click on its title.
  var target: ClickTarget?
  let cell: (Row) -> (text: String, style: Style)
}

/// The columns of a table, fitted to the screen.
struct Columns<Row> {
  let columns: [Column<Row>]

  /// The minimum width of an elastic column.
  private static var leastElastic: Int { 18 }

  /// Drops columns until the rest fits into `room`, and gives the remaining width to the elastic
  /// ones.
  init(_ all: [Column<Row>], room: Int) {
    var kept = all
    while Self.needed(kept) > room {
      let droppable = kept.indices.filter { kept[$0].dropRank != nil }
      guard let first = droppable.min(by: { (kept[$0].dropRank ?? 0) < (kept[$1].dropRank ?? 0) })
      else { break }
      kept.remove(at: first)
    }
    let elastic = kept.indices.filter { kept[$0].isElastic }
    var rest = room - Self.needed(kept) + elastic.count * Self.leastElastic
    for (index, column) in elastic.enumerated() {
      let share = rest / (elastic.count - index)
      kept[column].width = max(0, share)
      rest -= share
    }
    columns = kept
  }

  private static func needed(_ columns: [Column<Row>]) -> Int {
    columns.reduce(columns.count - 1) { $0 + ($1.isElastic ? leastElastic : $1.width) }
  }

  /// Writes the titles.
  func putTitles(on line: inout Line) {
    for (index, column) in columns.enumerated() {
      if index > 0 { line.put(" ") }
      line.clickable(column.target) {
        $0.put(column.title, .plain, in: column.width, alignedRight: column.isNumber)
      }
    }
  }

  /// Writes a row without the first `shift` characters of elastic texts.
  func put(_ row: Row, on line: inout Line, shift: Int, style: Style? = nil) {
    for (index, column) in columns.enumerated() {
      if index > 0 { line.put(" ") }
      let cell = column.cell(row)
      var text = column.isElastic ? String(cell.text.dropFirst(shift)) : cell.text
      if column.isName {
        text = TextWidth.cutMiddle(TerminalText.sanitized(text), to: column.width)
      }
      line.put(text, style ?? cell.style, in: column.width, alignedRight: column.isNumber)
    }
  }
}

extension Renderer {
  /// The headings and rows of a table; the chosen row has the cursor, in reverse.
  /// - Parameter chosen: the row's index in the whole list, of which `rows` is a part.
  func table<Row>(
    _ columns: Columns<Row>, _ rows: ArraySlice<Row>, chosen: Int? = nil, shift: Int
  ) -> [Line] {
    [headings(columns)]
      + rows.indices.map { index in
        line { line in
          let isChosen = index == chosen && hasCursor
          line.put(isChosen ? ">  " : "   ")
          columns.put(rows[index], on: &line, shift: shift)
          if isChosen { line.reverse() }
        }
      }
  }

  func headings<Row>(_ columns: Columns<Row>) -> Line {
    line { line in
      line.put("   ")
      columns.putTitles(on: &line)
    }
  }
}
