/// A row of the help: what some keys do, in a few words.
struct HelpRow: Equatable, Sendable {
  /// Empty for a row that goes on with the one before.
  var keys: String
  var text: String

  /// Returns the rows for some bindings.
  static func all(of bindings: [Binding]) -> [HelpRow] {
    var rows: [HelpRow] = []
    for binding in bindings {
      if binding.help.isEmpty || binding.help.hasPrefix(";"), let last = rows.indices.last {
        rows[last].keys += " " + binding.shown
        rows[last].text += binding.help
      } else {
        for (index, line) in binding.help.split(separator: "\n").enumerated() {
          rows.append(HelpRow(keys: index == 0 ? binding.shown : "", text: String(line)))
        }
      }
    }
    return rows
  }
}

/// How the help fits the screen.
struct HelpLayout: Equatable, Sendable {
  let entries: [HelpRow]
  let columns: Int
  let width: Int
  /// How many rows a column has, and how many of them are shown at once.
  let columnRows: Int
  let rows: Int

  init(of state: MonitorState) {
    let bindings = Binding.all(on: state.page)
    entries = HelpRow.all(
      of: state.setup.isReadOnly ? bindings.filter { !$0.isAction } : bindings)
    let room = max(1, state.size.height - 2)
    columns = entries.count > room && state.size.width >= 78 ? 2 : 1
    columnRows = (entries.count + columns - 1) / columns
    rows = min(room, columnRows)
    width = min(state.size.width, columns == 2 ? 84 : 52)
  }

  /// The nearest row that it can begin with.
  func place(_ row: Int) -> Int { max(0, min(row, columnRows - rows)) }
}
