import QueueTop

/// Lines that are shown again and again: on a terminal in the place of those before, elsewhere one
/// block after the other.
struct RepeatedBlock {
  private var drawn = 0

  /// - Parameter lines: any number of them; a terminal shows as many as fit.
  mutating func show(_ lines: [String], on terminal: Terminal) throws(Output.Closed) {
    guard let width = terminal.width, terminal.movesCursor else {
      if drawn > 0 { try Output.standard.line("") }
      for line in lines { try Output.standard.line(line) }
      drawn = lines.count
      return try Output.standard.flush()
    }
    // Up to the first line drawn; everything from there on is taken away.
    if drawn > 0 { try Output.standard.write(Array("\u{1B}[\(drawn)A\u{1B}[J".utf8)) }
    let shown = lines.prefix(max(1, terminal.height - 1))
    for line in shown {
      let isColored = line.contains("\u{1B}")
      try Output.standard.line(isColored ? line : TextWidth.cut(line, to: width))
    }
    drawn = shown.count
    try Output.standard.flush()
  }
}
