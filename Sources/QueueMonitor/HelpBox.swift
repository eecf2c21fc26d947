/// The keys, over whatever is shown.
extension Renderer {
  func helpBox() -> Box {
    let all = KeyHelp.all(isReadOnly: state.setup.isReadOnly)
    let room = state.size.height - 2
    let needed = all.count
    let columns = needed > room && width >= 78 ? 2 : 1
    let height = min(room, (needed + columns - 1) / columns)
    let width = min(self.width, columns == 2 ? 78 : 52)
    let part = (width - 4) / columns
    var lines = [top(width, "Keys")]
    for row in 0..<height {
      lines.append(
        framed(width) { line in
          for column in 0..<columns {
            let index = row + column * height
            line.pad(to: column * part)
            guard all.indices.contains(index) else { continue }
            put(all[index], on: &line, columns: part)
          }
        })
    }
    lines.append(bottom(width))
    return Box(lines: lines)
  }

  private func put(_ entry: KeyHelp, on line: inout Line, columns: Int) {
    guard !entry.keys.isEmpty else { return line.put(entry.text, .faint) }
    line.put(entry.keys, .strong, in: 12)
    line.put(entry.text, .plain, in: columns - 13)
  }
}

/// What some keys do, in a few words.
struct KeyHelp: Equatable, Sendable {
  var keys: String
  var text: String

  static func all(isReadOnly: Bool) -> [KeyHelp] {
    moving + (isReadOnly ? [] : acting) + looking
  }

  private static let moving = [
    KeyHelp(keys: "Up Down j k", text: "move; PgUp PgDn Home End"),
    KeyHelp(keys: "Left Right", text: "move long texts"),
    KeyHelp(keys: "Enter l L", text: "details; log; log in a pager"),
    KeyHelp(keys: "e", text: "dead jobs by error"),
    KeyHelp(keys: "Tab", text: "workers or jobs"),
    KeyHelp(keys: "1-6 [ ]", text: "jobs of that state"),
    KeyHelp(keys: "/ F4", text: "filter: words, !word, exit:1"),
    KeyHelp(keys: "", text: "  id: cmd: err: try:>2 age:>10m"),
    KeyHelp(keys: "", text: "  worker:w2 queue:mail"),
    KeyHelp(keys: "Space A U", text: "tag; tag all; untag all"),
    KeyHelp(keys: "F", text: "follow the first row"),
  ]

  private static let acting = [
    KeyHelp(keys: "r R", text: "retry; all dead that match"),
    KeyHelp(keys: "d D", text: "discard dead; all that match"),
    KeyHelp(keys: "x", text: "cancel, also what runs"),
    KeyHelp(keys: "s S", text: "stop a worker; all workers"),
    KeyHelp(keys: "P", text: "pause or resume the queue"),
    KeyHelp(keys: "F9", text: "what can be done here"),
  ]

  private static let looking = [
    KeyHelp(keys: "< > F6", text: "sort by another column"),
    KeyHelp(keys: "I", text: "the other way round"),
    KeyHelp(keys: "p Z", text: "pause the screen, not the queue"),
    KeyHelp(keys: "+ -", text: "look less or more often"),
    KeyHelp(keys: "F5 ^L", text: "look now; draw anew"),
    KeyHelp(keys: "v i", text: "details below; all columns"),
    KeyHelp(keys: "y Y", text: "copy the id; the command"),
    KeyHelp(keys: "m", text: "mouse on or off"),
    KeyHelp(keys: "^Z", text: "to the shell; fg comes back"),
    KeyHelp(keys: "q F10", text: "quit"),
  ]
}
