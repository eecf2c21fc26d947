import QueueCore

/// The two lines at the bottom: where one is, and what the keys do.
extension Renderer {
  func status() -> Line {
    if case .filter(let field, _) = state.overlay { return prompt(field) }
    return line { line in
      if state.layout.kind == .full { line.put(" ") }
      if let silentSince = state.silentSince {
        return line.put("db busy \(Figures.age(now.uptime - silentSince))", .warning)
      }
      if let trouble = state.trouble, state.snapshot != nil {
        return line.put(Self.words(for: trouble), .warning)
      }
      if let notice = state.notice {
        return line.put(notice.text, notice.isWarning ? .warning : .strong)
      }
      if state.layout.kind == .full { putPosition(on: &line) } else { putShortPosition(on: &line) }
    }
  }

  private static func words(for trouble: Trouble) -> String {
    switch trouble {
    case .missing: "the database is gone; what is shown is old"
    case .failed(let error) where error.code == .busy: "the database is busy: \(error.message)"
    case .failed(let error): error.message
    }
  }

  private func putPosition(on line: inout Line) {
    let rows = state.jobs.count
    let total = state.look.filter.isEmpty ? state.tabCount : rows
    let more = !state.look.filter.isEmpty && state.snapshot?.list.hasMore == true ? "+" : ""
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1) of ")
    line.put("\(Figures.grouped(total))\(more) \(state.look.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put("   \(state.list.tags.count) tagged", .strong) }
    line.put("   sort \(state.look.sort.title)\(state.look.isReversed ? " reversed" : "")", .faint)
    if state.look.filter.isEmpty {
      line.put("   filter: none", .faint)
    } else {
      line.put("   filter: ", .faint)
      line.put(state.look.filter.text, .strong)
      line.put("   Esc clears it", .faint)
    }
    if let searched = state.snapshot?.list.searched {
      line.put("   searched newest \(Figures.short(searched))", .warning)
    }
  }

  private func putShortPosition(on line: inout Line) {
    let rows = state.jobs.count
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1)/")
    line.put(Figures.grouped(state.look.filter.isEmpty ? state.tabCount : rows))
    line.put(" \(state.look.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put(" \(state.list.tags.count) tagged", .strong) }
    if !state.look.filter.isEmpty { line.put("  /\(state.look.filter.text)", .strong) }
  }

  // MARK: The filter while it is typed

  private func prompt(_ field: TextField) -> Line {
    line { line in
      line.put(" /", .strong)
      line.put(field.text)
      let rows = state.jobs.count
      let more = state.snapshot?.list.hasMore == true ? "+" : ""
      let found = "\(Figures.grouped(rows))\(more) of \(Figures.grouped(state.tabCount))"
      line.put(" ")
      if let problem = state.look.filter.problem {
        line.putRight(problem, .warning)
      } else {
        line.putRight("\(found)   Enter keep   Esc clear", .faint)
      }
    }
  }

  var promptCursor: Frame.Place? {
    guard case .filter(let field, _) = state.overlay else { return nil }
    let before = TextWidth.of(SafeText.inert(String(field.text.prefix(field.cursor))))
    return Frame.Place(row: state.size.height - 2, column: min(width - 1, 2 + before))
  }

  // MARK: Keys

  func keys() -> Line {
    line { line in
      let isCompact = state.layout.kind == .compact
      let right = isCompact ? "? q" : "? Help  q Quit"
      let room = width - right.count - 2
      for (key, label) in hints() {
        let gap = line.used == 0 ? "" : "  "
        guard line.used + gap.count + key.count + 1 + label.count <= room else { break }
        line.put(gap)
        line.put(key, .strong)
        line.put(" \(label)", .faint)
      }
      line.pad(to: width - right.count - (isCompact ? 1 : 0))
      if isCompact { return line.put(right, .strong) }
      line.put("?", .strong)
      line.put(" Help  ", .faint)
      line.put("q", .strong)
      line.put(" Quit", .faint)
    }
  }

  private func hints() -> [(String, String)] {
    let actions = state.setup.isReadOnly ? [] : hintsForActions()
    let swap = ("Tab", state.pane == .jobs ? "Workers" : "Jobs")
    let rest = [("Space", "Tag"), ("/", "Filter"), ("F9", "Actions"), swap]
    guard state.pane == .jobs else { return actions + [swap, ("F9", "Actions")] }
    return actions + rest
  }

  private func hintsForActions() -> [(String, String)] {
    guard state.pane == .jobs else { return [("s", "Stop"), ("S", "Stop all")] }
    switch state.selectedJob?.state {
    case .dead: return [("r", "Retry")]
    case .processing: return [("s", "Stop worker")]
    case .pending, .failed, .completed, .cancelled, nil: return []
    }
  }
}
