import QueueCore
import QueueOperations

/// The log of a run below its title, which shows size, position and FOLLOW.
extension Renderer {
  func log(of run: Run?, _ page: DetailState, rows: Int) -> [Line] {
    let layout = state.shownLog.map { state.logLayout($0, page, rows: rows) }
    let shown = layout?.shown(from: page.top) ?? []
    let lines = shown.isEmpty ? [note(emptyWords(run))] : shown.map { row($0, page) }
    return [title(run, page, shown)] + filled(lines, to: rows)
  }

  private func title(_ run: Run?, _ page: DetailState, _ shown: [LogLayout.Row]) -> Line {
    rule { line in
      line.put(" LOG ", .strong)
      if let run { line.put("of attempt \(run.attempt) ") }
      guard let log = state.shownLog, log.condition != .missing else { return }
      line.put("\(ByteCount.brief(log.size)) ", .faint)
      if log.condition == .removed { line.put("removed ", .warning) }
    } right: { line in
      let isLive = run != nil && run?.finishedAt == nil
      let end = page.isFollowing ? (isLive ? "FOLLOW " : "end ") : ""
      // The title's left half takes about thirty columns.
      var parts = position(page, shown)
      while parts.joined().count + end.count > width - 30, parts.count > 1 { parts.removeFirst() }
      line.put(" ")
      for part in parts { line.put(part, .faint) }
      line.put(end, isLive ? .strong : .plain)
    }
  }

  /// Returns the parts of the position, the most important last.
  private func position(_ page: DetailState, _ shown: [LogLayout.Row]) -> [String] {
    guard let first = shown.first, let last = shown.last, let log = state.shownLog else {
      return []
    }
    return (page.wraps ? ["wrapped "] : [])
      + lineNumbers(first.line, last.line)
      + ["\(LogText.percent(end(of: last), of: log.size))% "]
  }

  /// Returns the byte at which a row ends; within a line, an estimate.
  private func end(of row: LogLayout.Row) -> Int {
    let (bytes, length) = (row.line.bytes, row.line.text.unicodeScalars.count)
    guard row.scalars.upperBound < length else { return bytes.upperBound }
    let share = Double(row.scalars.upperBound) / Double(length)
    return bytes.lowerBound + Int(Double(bytes.count) * share)
  }

  private func lineNumbers(_ first: LogLine, _ last: LogLine) -> [String] {
    guard let first = first.number, let last = last.number else { return [] }
    return ["lines \(Format.grouped(first))-\(Format.grouped(last)) "]
  }

  private func emptyWords(_ run: Run?) -> String {
    guard let run else { return "there is no log" }
    guard let log = state.shownLog else { return "reading…" }
    if log.condition == .missing { return "there is no log" }
    return run.finishedAt == nil ? "no output yet" : "no output"
  }

  private func note(_ text: String) -> Line {
    line { line in
      line.put(" ")
      line.put(text, .faint)
    }
  }

  // MARK: Rows

  private func row(_ row: LogLayout.Row, _ page: DetailState) -> Line {
    let from = min(row.scalars.lowerBound + (page.wraps ? 0 : page.shift), row.scalars.upperBound)
    let scalars = row.line.text.unicodeScalars.dropFirst(from)
    return line { line in
      line.put(mark(row, page), .strong)
      let text = String(scalars.prefix(row.scalars.upperBound - from))
      let shown = TextWidth.cut(text, to: line.room)
      guard !row.line.isNote else { return line.put(shown, .faint) }
      put(shown, from: from, marking: page.pattern.ranges(in: row.line.text), on: &line)
    }
  }

  /// Marks the latest match, and a line that continues the one above it.
  private func mark(_ row: LogLayout.Row, _ page: DetailState) -> String {
    if let found = page.found, row.contains(found) { return ">" }
    return row.line.isContinued && row.scalars.lowerBound == 0 ? "…" : " "
  }

  /// Writes part of a line from its scalar `from` on, with the matches in reverse.
  private func put(
    _ text: String, from: Int, marking matches: [Range<Int>], on line: inout Line
  ) {
    let scalars = Array(text.unicodeScalars)
    var done = 0
    for match in matches {
      let start = max(done, match.lowerBound - from)
      let end = min(scalars.count, match.upperBound - from)
      guard start < end else { continue }
      line.put(String(scalars[done..<start]))
      line.put(String(scalars[start..<end]), .reversed)
      done = end
    }
    line.put(String(scalars[done...]))
  }
}
