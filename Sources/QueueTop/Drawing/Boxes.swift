import QueueCore

/// Boxes over the page: questions, menu and help.
extension Renderer {
  func dialogBox(_ dialog: Dialog) -> Box {
    let width = min(self.width - 2, 78)
    let notes = dialog.notes.flatMap { wrapped($0, width) }
    // The answers always fit; other lines are replaced by "and more".
    let room = max(0, state.size.height - 3 - notes.count)
    let described =
      dialog.rows.count <= room
      ? dialog.rows : dialog.rows.prefix(max(0, room - 1)) + [["… and more"]]
    var lines = [top(width, dialog.title)]
    lines += rows(Array(described.prefix(room)), width) + notes
    var cursor: Frame.Place?
    lines.append(
      framed(width) { line in
        switch dialog.confirmation {
        case .yes: putAnswers([("[ No ]", .escape), ("y Yes", "y")], on: &line)
        case .yesOr(let label, _):
          putAnswers([("[ No ]", .escape), ("y Yes", "y"), (label, "K")], on: &line)
        case .number(_, let typed, let isWrong):
          if isWrong { line.put("Wrong number. ", .warning) }
          line.put("Type the number to go on: ")
          line.put(typed, .strong)
          cursor = Frame.Place(row: lines.count, column: line.used + 2)
          line.clickable(.key(.escape)) { $0.putRight("Esc Cancel", .faint, margin: 0) }
        }
      })
    lines.append(bottom(width))
    return Box(lines: lines, cursor: cursor)
  }

  func menuBox(_ menu: Menu) -> Box {
    let longest = menu.items.reduce(20) { max($0, $1.label.count) }
    let width = min(self.width - 2, max(longest + 10, TextWidth.of(menu.title) + 8))
    let rows = min(menu.items.count, max(1, state.size.height - 2))
    let first = max(0, min(menu.index - rows / 2, menu.items.count - rows))
    var lines = [top(width, menu.title)]
    for (index, item) in menu.items.enumerated().dropFirst(first).prefix(rows) {
      var line = framed(width) { line in
        line.clickable(.key(item.key)) {
          $0.put(item.key.name, .strong, in: 6)
          $0.put(item.label)
        }
      }
      if index == menu.index { line.reverse() }
      lines.append(line)
    }
    lines.append(bottom(width, rows < menu.items.count ? "Up Down: more" : ""))
    return Box(lines: lines)
  }

  // MARK: Frames

  func top(_ width: Int, _ title: String) -> Line {
    var line = Line(width, theme: theme)
    line.put("┌─ ")
    line.put(TextWidth.cut(TerminalText.sanitized(title), to: width - 6), .strong)
    line.put(" ")
    line.pad(to: width - 1, with: "─")
    line.put("┐")
    return line
  }

  /// - Parameter note: text on the lower edge, to the right.
  func bottom(_ width: Int, _ note: String = "") -> Line {
    var line = Line(width, theme: theme)
    line.put("└")
    if !note.isEmpty, note.count + 6 <= width {
      line.pad(to: width - note.count - 4, with: "─")
      line.put(" \(note) ", .faint)
    }
    line.pad(to: width - 1, with: "─")
    line.put("┘")
    return line
  }

  func framed(_ width: Int, _ write: (inout Line) -> Void) -> Line {
    var inner = Line(width - 4, theme: theme)
    write(&inner)
    var line = Line(width, theme: theme)
    line.put("│ ")
    line.append(inner.row, columns: 0..<(width - 4))
    line.put(" │")
    return line
  }

  /// Sets columns to their natural width; the last two share the rest.
  private func rows(_ rows: [[String]], _ width: Int) -> [Line] {
    let room = width - 4
    let first = min(24, rows.reduce(0) { max($0, $1.count > 1 ? TextWidth.of($1[0]) : 0) })
    let third = rows.reduce(0) { max($0, $1.count > 2 ? TextWidth.of($1[2]) : 0) }
    let left = max(0, room - first - third - 6)
    return rows.map { row in
      framed(width) { line in
        guard row.count == 4 else { return line.put(row.first ?? "", .faint) }
        line.put(row[0], .plain, in: first)
        line.put("  ")
        line.put(row[1], .plain, in: left / 2)
        line.put("  ")
        line.put(row[2], .faint, in: third)
        line.put("  ")
        line.put(row[3], .faint, in: line.room)
      }
    }
  }

  private func wrapped(_ text: String, _ width: Int) -> [Line] {
    Wrapping.lines(TerminalText.sanitized(text), width: width - 4).map { part in
      framed(width) { $0.put(part) }
    }
  }

  private func putAnswers(_ answers: [(text: String, key: Key)], on line: inout Line) {
    let text = answers.map(\.text).joined(separator: "    ")
    line.pad(to: line.width - TextWidth.of(text) - 2)
    for (index, answer) in answers.enumerated() {
      if index > 0 { line.put("    ") }
      line.clickable(.key(answer.key)) {
        $0.put(answer.text, index == 0 ? .reversed : .strong)
      }
    }
  }
}
