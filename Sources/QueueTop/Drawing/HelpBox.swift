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

  private func put(_ entry: HelpRow, on line: inout Line, columns: Int) {
    guard !entry.keys.isEmpty else { return line.put(entry.text, .faint) }
    line.put(entry.keys, .strong, in: 12)
    line.put(" ")
    line.put(entry.text, .plain, in: columns - 14)
  }
}
