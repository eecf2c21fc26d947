import QueueCore

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
    let facts = facts(detail.job)
    for index in 0..<layout.factRows {
      lines.append(facts.indices.contains(index) ? facts[index] : line { _ in })
    }
    let chosen = detail.runs.first { $0.run == page.run } ?? detail.runs.first
    if layout.runRows > 0 { lines += runTable(detail, chosen, rows: layout.runRows) }
    lines.append(logTitle(detail, chosen, page))
    lines += logLines(detail.log, page, rows: layout.logRows)
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

  // MARK: Runs

  private func runTable(_ detail: JobDetail, _ chosen: Attempt?, rows: Int) -> [Line] {
    let columns = runColumns()
    let index = detail.runs.firstIndex { $0.run == chosen?.run } ?? 0
    let top = max(0, min(index - rows / 2, detail.runs.count - rows))
    var lines = [
      rule { line in
        line.put(" RUNS \(detail.runs.count) ", .strong)
      } right: { line in
        if detail.runs.count > rows { line.put(" \(index + 1) of \(detail.runs.count) ") }
      },
      line { line in
        line.put("   ")
        columns.putTitles(on: &line)
      },
    ]
    for run in detail.runs.dropFirst(top).prefix(rows) {
      let isChosen = run.run == chosen?.run
      lines.append(
        line { line in
          line.put(isChosen ? ">  " : "   ")
          columns.put(run, on: &line, shift: 0)
          if isChosen { line.reverse() }
        })
    }
    return lines
  }

  private func runColumns() -> Columns<Attempt> {
    let now = now
    let offset = state.snapshot?.utcOffsetSeconds ?? 0
    return Columns(
      [
        Column(title: "TRY", width: 3, isNumber: true) { ("\($0.number)", .plain) },
        Column(title: "STARTED", width: 8) { run in
          (LocalClock.text(run.startedAt, offsetSeconds: offset), .plain)
        },
        Column(title: "WAITED", width: 6, isNumber: true, dropRank: 2) { run in
          (run.waited.map { Figures.span($0) } ?? "", .plain)
        },
        Column(title: "RUN", width: 5, isNumber: true) { run in
          let elapsed = run.elapsed ?? (run.finishedAt ?? now.wall) - run.startedAt
          return (Figures.span(elapsed), .plain)
        },
        Column(title: "CPU", width: 5, isNumber: true, dropRank: 3) { run in
          (run.cpuTime.map { Figures.span($0) } ?? "", .plain)
        },
        Column(title: "WORKER", width: 6, dropRank: 4) { ($0.worker.description, .plain) },
        Column(title: "EXIT", width: 4) { run in
          (run.finishedAt == nil ? ">" : RunResult.short(run), .plain)
        },
        Column(title: "RESULT", width: 0, isElastic: true) { run in
          let detail = RunResult.detail(run)
          return (detail.isEmpty ? run.outcome ?? "running" : detail, .plain)
        },
      ], room: width - 4)
  }

  // MARK: The log

  func logTitle(_ detail: JobDetail, _ chosen: Attempt?, _ page: DetailState) -> Line {
    rule { line in
      line.put(" LOG ", .strong)
      if let chosen { line.put("of attempt \(chosen.number) ") }
      if let log = detail.log { line.put("\(ByteCount.brief(log.sizeBytes)) ", .faint) }
    } right: { line in
      if page.wraps { line.put(" wrapped ", .faint) }
      let isLive = chosen != nil && chosen?.finishedAt == nil
      if page.isFollowing { line.put(isLive ? " FOLLOW " : " end ", isLive ? .strong : .plain) }
    }
  }

  func logLines(_ log: LogText?, _ page: DetailState, rows: Int) -> [Line] {
    guard let log else { return padded([note("there is no log")], to: rows) }
    guard !log.lines.isEmpty else { return padded([note("it has written nothing yet")], to: rows) }
    let start = page.top.map { max(0, $0 - log.first) }
    var lines: [Line] = []
    if let start {
      for text in log.lines.dropFirst(start) where lines.count < rows {
        lines += logRows(text, page)
      }
      return padded(Array(lines.prefix(rows)), to: rows)
    }
    for text in log.lines.reversed() where lines.count < rows {
      lines = logRows(text, page) + lines
    }
    return padded(Array(lines.suffix(rows)), to: rows)
  }

  private func logRows(_ text: String, _ page: DetailState) -> [Line] {
    let text = SafeText.inert(text)
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

  private func padded(_ lines: [Line], to rows: Int) -> [Line] {
    lines + Array(repeating: line { _ in }, count: max(0, rows - lines.count))
  }
}
