/// A column of a list on the screen.
struct Column<Row> {
  let title: String
  var width: Int
  var isNumber = false
  /// Whether it gets what is left over, and moves with the arrow keys.
  var isElastic = false
  /// Columns with a lower one go first where room is short; nil for those that stay.
  var dropRank: Int?
  /// What a click on its title does.
  var target: ClickTarget?
  let cell: (Row) -> (text: String, style: Style)
}

/// The columns of a list, made to fit.
struct Columns<Row> {
  let columns: [Column<Row>]

  /// The least that an elastic column is worth having for.
  private static var leastElastic: Int { 18 }

  /// Drops columns until the rest fits into `room`, and gives what is left to the elastic ones.
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

  /// The titles.
  func putTitles(on line: inout Line) {
    for (index, column) in columns.enumerated() {
      if index > 0 { line.put(" ") }
      line.clickable(column.target) {
        $0.put(column.title, .plain, in: column.width, alignedRight: column.isNumber)
      }
    }
  }

  /// One row. `shift` columns of the elastic texts are left out.
  func put(_ row: Row, on line: inout Line, shift: Int, style: Style? = nil) {
    for (index, column) in columns.enumerated() {
      if index > 0 { line.put(" ") }
      let cell = column.cell(row)
      let text = column.isElastic ? String(cell.text.dropFirst(shift)) : cell.text
      line.put(text, style ?? cell.style, in: column.width, alignedRight: column.isNumber)
    }
  }
}

extension Renderer {
  /// The headings of a list, and its rows: the chosen one with the cursor, in reverse.
  /// - Parameter chosen: the index in the whole list, of which `rows` are a part.
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
