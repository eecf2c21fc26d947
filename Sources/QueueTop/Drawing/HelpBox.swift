/// The help over the page.
extension Renderer {
  func helpBox(_ topic: HelpTopic, top first: Int) -> Box {
    let layout = HelpLayout(of: state, topic)
    let part = (layout.width - 4) / layout.columns
    let first = layout.place(first)
    var lines = [top(layout.width, topic == .keys ? "Keys" : "Words on the screen")]
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
    let other = topic == .keys ? "Tab: what the words mean" : "Tab: the keys"
    lines.append(bottom(layout.width, isAll ? other : "Up Down: more; \(other)"))
    return Box(lines: lines)
  }

  private func put(_ entry: HelpRow, on line: inout Line, columns: Int) {
    guard !entry.keys.isEmpty else { return line.put(entry.text, .faint) }
    line.put(entry.keys, .strong, in: 12)
    line.put(" ")
    line.put(entry.text, .plain, in: columns - 14)
  }
}
