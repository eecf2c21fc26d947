/// The keys, over whatever is shown.
extension Renderer {
  func helpBox(top first: Int) -> Box {
    let layout = HelpLayout(of: state)
    let part = (layout.width - 4) / layout.columns
    let first = layout.place(first)
    var lines = [top(layout.width, "Keys")]
    for row in first..<(first + layout.rows) {
      lines.append(
        framed(layout.width) { line in
          for column in 0..<layout.columns {
            let index = row + column * layout.columnRows
            line.pad(to: column * part)
            guard row < layout.columnRows, layout.entries.indices.contains(index) else { continue }
            put(layout.entries[index], on: &line, columns: part)
          }
        })
    }
    let isAll = layout.columnRows <= layout.rows
    lines.append(bottom(layout.width, isAll ? "any key closes" : "Up Down: more; any key closes"))
    return Box(lines: lines)
  }

  private func put(_ entry: KeyHelp, on line: inout Line, columns: Int) {
    guard !entry.keys.isEmpty else { return line.put(entry.text, .faint) }
    line.put(entry.keys, .strong, in: 12)
    line.put(" ")
    line.put(entry.text, .plain, in: columns - 14)
  }
}

/// How the help fits the screen.
struct HelpLayout: Equatable, Sendable {
  let entries: [KeyHelp]
  let columns: Int
  let width: Int
  /// How many rows a column has, and how many of them are shown at once.
  let columnRows: Int
  let rows: Int

  init(of state: MonitorState) {
    entries = KeyHelp.all(on: state.page, isReadOnly: state.setup.isReadOnly)
    let room = max(1, state.size.height - 2)
    columns = entries.count > room && state.size.width >= 78 ? 2 : 1
    columnRows = (entries.count + columns - 1) / columns
    rows = min(room, columnRows)
    width = min(state.size.width, columns == 2 ? 84 : 52)
  }

  /// The nearest row that it can begin with.
  func place(_ row: Int) -> Int { max(0, min(row, columnRows - rows)) }
}

/// What some keys do, in a few words.
struct KeyHelp: Equatable, Sendable {
  var keys: String
  var text: String

  init(_ keys: String, _ text: String) {
    self.keys = keys
    self.text = text
  }

  static func all(on page: MonitorState.Page, isReadOnly: Bool) -> [KeyHelp] {
    switch page {
    case .lists: moving + choosing + (isReadOnly ? [] : acting) + looking
    case .detail: detail + (isReadOnly ? [] : actingOnOne) + lookingAtOne
    case .groups: moving + groups + (isReadOnly ? [] : actingOnGroups) + leaving
    }
  }

  // MARK: The lists

  private static let moving = [
    KeyHelp("Up Down j k", "move"),
    KeyHelp("PgUp PgDn", "a page, as ^B ^F"),
    KeyHelp("^U ^D", "half a page"),
    KeyHelp("Home End g G", "the first, the last"),
    KeyHelp("Left Right", "move long texts"),
  ]

  private static let choosing = [
    KeyHelp("Enter", "a job: its runs, its log"),
    KeyHelp("l L", "its log; in $PAGER"),
    KeyHelp("e", "dead jobs by error"),
    KeyHelp("Tab", "jobs, workers; Shift-Tab"),
    KeyHelp("1-6 [ ]", "jobs of that state"),
    KeyHelp("/ F4", "filter: words, !word,"),
    KeyHelp("", "  id: cmd: err: exit:1 try:>2"),
    KeyHelp("", "  age:>10m worker:w2 queue:mail"),
    KeyHelp("Esc", "all again"),
    KeyHelp("Space A U", "tag; tag all; untag all"),
    KeyHelp("F", "follow the newest row"),
  ]

  private static let acting = [
    KeyHelp("r R", "retry; all that match"),
    KeyHelp("d D", "discard; all that match"),
    KeyHelp("x", "cancel, also what runs"),
    KeyHelp("s S", "stop a worker; all"),
    KeyHelp("P", "pause, resume the queue"),
    KeyHelp("F9", "what can be done here"),
  ]

  private static let looking = [
    KeyHelp("< > F6", "sort by another column"),
    KeyHelp("I", "the other way round"),
    KeyHelp("p Z", "pause the screen alone"),
    KeyHelp("+ = -", "look less or more often"),
    KeyHelp("F5 ^L", "look now; draw anew"),
    KeyHelp("v i", "details; all columns"),
    KeyHelp("y Y", "copy the id; the command"),
    KeyHelp("m", "mouse: rows, tabs, wheel"),
    KeyHelp("^Z", "suspend; fg comes back"),
    KeyHelp("? h F1", "these keys"),
    KeyHelp("q F10 ^C", "quit"),
  ]

  // MARK: One job

  private static let detail = [
    KeyHelp("Up Down j k", "move in the log"),
    KeyHelp("PgUp PgDn", "a page, as ^B ^F"),
    KeyHelp("^U ^D", "half a page"),
    KeyHelp("Home g", "its start"),
    KeyHelp("End G f", "follow its end; f lets go"),
    KeyHelp("Left Right", "move long lines"),
    KeyHelp("w", "wrap long lines"),
    KeyHelp("/ n N", "find; the next, the one before"),
    KeyHelp("[ ]", "the log of an older, a newer run"),
    KeyHelp("l L", "the log alone; in $PAGER"),
  ]

  private static let actingOnOne = [
    KeyHelp("r d", "retry; discard when dead"),
    KeyHelp("x", "cancel, also while it runs"),
    KeyHelp("s", "stop the worker that runs it"),
    KeyHelp("P", "pause or resume its queue"),
    KeyHelp("F9", "what can be done here"),
  ]

  private static let lookingAtOne = [
    KeyHelp("y Y", "copy the id; the command"),
    KeyHelp("p Z", "pause the screen, not the job"),
    KeyHelp("+ = -", "look less or more often"),
    KeyHelp("F5 ^L", "look now; draw anew"),
    KeyHelp("Esc q Enter", "back to the lists"),
    KeyHelp("^C", "quit"),
  ]

  // MARK: Groups

  private static let groups = [KeyHelp("Enter", "the jobs of this group alone")]

  private static let actingOnGroups = [
    KeyHelp("r", "retry all of the group"), KeyHelp("d", "discard all of the group"),
  ]

  private static let leaving = [
    KeyHelp("p Z", "pause the screen alone"), KeyHelp("+ = -", "look less or more often"),
    KeyHelp("F5 ^L", "look now; draw anew"), KeyHelp("Esc q e", "back to the lists"),
    KeyHelp("^C", "quit"),
  ]
}
