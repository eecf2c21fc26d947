import QueueTop

/// Lines shown repeatedly: redrawn in place on a terminal, else appended block by block.
struct RepeatedBlock {
  private var drawn = 0

  /// - Parameter lines: cut to the terminal's height.
  mutating func show(_ lines: [String], on terminal: Terminal) throws(Output.Closed) {
    guard let width = terminal.width, terminal.movesCursor else {
      if drawn > 0 { try Output.standard.line("") }
      for line in lines { try Output.standard.line(line) }
      drawn = lines.count
      return try Output.standard.flush()
    }
    // Moves up to the block's first line and clears the rest.
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
