import QueueCore
import QueueOperations

/// The page of one job: what was asked for, every run, and the log of one.
extension Renderer {
  func detailPage(_ page: DetailState) -> [Line] {
    guard let detail = state.detail else {
      return [pageTitle(page.job, nil)] + emptyPane(rows: state.size.height - 3) + [
        status(), keys(),
      ]
    }
    let layout = state.detailLayout(page)
    var lines = [pageTitle(page.job, detail)]
    lines += filled(facts(detail.job), to: layout.factRows)
    let chosen = detail.runs.first { $0.id == page.run } ?? detail.runs.first
    if layout.runRows > 0 { lines += runTable(detail, chosen, rows: layout.runRows) }
    lines.append(logTitle(detail, chosen, page))
    lines += logLines(detail.log, of: chosen, page, rows: layout.logRows)
    return lines + [status(), keys()]
  }

  private func pageTitle(_ id: JobID, _ detail: JobDetail?) -> Line {
    line { line in
      line.put(" \(id) ", .strong)
      if let detail {
        line.put(" \(detail.job.state.rawValue)", detail.job.state.style)
        if detail.isGone { line.put("  removed meanwhile: this is how it was last seen", .warning) }
      }
      let clock = LocalClock.text(now.wall, offsetSeconds: state.snapshot?.utcOffsetSeconds ?? 0)
      line.put(" ")
      line.putRight(state.look.isPaused ? "PAUSED  \(clock)" : clock)
    }
  }

  // MARK: The log

  func logTitle(_ detail: JobDetail, _ chosen: Run?, _ page: DetailState) -> Line {
    rule { line in
      line.put(" LOG ", .strong)
      if let chosen { line.put("of attempt \(chosen.attempt) ") }
      if let log = detail.log { line.put("\(ByteCount.brief(log.sizeBytes)) ", .faint) }
    } right: { line in
      if page.wraps { line.put(" wrapped ", .faint) }
      let isLive = chosen != nil && chosen?.finishedAt == nil
      if page.isFollowing { line.put(isLive ? " FOLLOW " : " end ", isLive ? .strong : .plain) }
    }
  }

  func logLines(_ log: LogText?, of run: Run?, _ page: DetailState, rows: Int) -> [Line] {
    guard let log else { return filled([note("there is no log")], to: rows) }
    guard !log.lines.isEmpty else {
      let isOver = run?.finishedAt != nil
      return filled([note(isOver ? "it wrote nothing" : "it has written nothing yet")], to: rows)
    }
    let start = page.top.map { max(0, min($0 - log.first, log.lines.count - 1)) }
    var lines: [Line] = []
    if let start {
      for text in log.lines.dropFirst(start) where lines.count < rows {
        lines += logRows(text, page)
      }
      return filled(lines, to: rows)
    }
    for text in log.lines.reversed() where lines.count < rows {
      lines = logRows(text, page) + lines
    }
    return filled(Array(lines.suffix(rows)), to: rows)
  }

  private func logRows(_ text: String, _ page: DetailState) -> [Line] {
    let text = TerminalText.sanitized(text)
    let isFound = !page.search.isEmpty && text.lowercased().contains(page.search.lowercased())
    let pieces =
      page.wraps ? Wrapping.pieces(text, width: width - 2) : [String(text.dropFirst(page.shift))]
    return pieces.map { piece in
      line { line in
        line.put(isFound ? ">" : " ", .strong)
        line.put(piece, isFound ? .strong : .plain, in: line.room)
      }
    }
  }

  private func note(_ text: String) -> Line {
    line { line in
      line.put(" ")
      line.put(text, .faint)
    }
  }
}
