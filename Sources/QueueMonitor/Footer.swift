import QueueCore

/// The two lines at the bottom: where one is, and what the keys do.
extension Renderer {
  func status() -> Line {
    switch state.overlay {
    case .filter(let field, _): return prompt(field)
    case .logSearch(let field): return logPrompt(field)
    case .dialog, .help, .menu, nil: break
    }
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
      guard state.page == .lists else { return }
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
    let total = state.look.isFiltered ? rows : state.tabCount
    let more = state.look.isFiltered && state.snapshot?.list.hasMore == true ? "+" : ""
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1) of ")
    line.put("\(Figures.grouped(total))\(more) \(state.look.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put("   \(state.list.tags.count) tagged", .strong) }
    line.put("   sort \(state.look.sort.title)\(state.look.isReversed ? " reversed" : "")", .faint)
    line.put("   filter: ", .faint)
    if let group = state.look.group { line.put("\(group.exit) \(group.pattern) ", .strong) }
    line.put(state.look.filter.text, .strong)
    line.put(state.look.isFiltered ? "   Esc clears it" : "none", .faint)
    if let searched = state.snapshot?.list.searched {
      line.put("   searched newest \(Figures.short(searched))", .warning)
    }
  }

  private func putShortPosition(on line: inout Line) {
    let rows = state.jobs.count
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1)/")
    line.put(Figures.grouped(state.look.isFiltered ? rows : state.tabCount))
    line.put(" \(state.look.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put(" \(state.list.tags.count) tagged", .strong) }
    if let group = state.look.group { line.put("  \(group.exit) \(group.pattern)", .strong) }
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

  private func logPrompt(_ field: TextField) -> Line {
    line { line in
      line.put(" /", .strong)
      line.put(field.text)
      line.put(" ")
      line.putRight("Enter find   Esc cancel   then n N", .faint)
    }
  }

  var promptCursor: Frame.Place? {
    let field: TextField
    switch state.overlay {
    case .filter(let typed, _), .logSearch(let typed): field = typed
    case .dialog, .help, .menu, nil: return nil
    }
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
    switch state.page {
    case .lists: return hintsForLists()
    case .detail(let page):
      let actions = state.setup.isReadOnly ? [] : hintsForActions()
      return [("Esc", "Back"), ("l", page.isLogOnly ? "Runs too" : "Log alone")]
        + [("[ ]", "Run"), ("f", "Follow"), ("w", "Wrap"), ("/", "Find")] + actions
    case .groups:
      let actions = state.setup.isReadOnly ? [] : [("r", "Retry group"), ("d", "Discard group")]
      return [("Enter", "Show jobs")] + actions + [("Esc", "Back")]
    }
  }

  private func hintsForLists() -> [(String, String)] {
    let actions = state.setup.isReadOnly ? [] : hintsForActions()
    let swap = ("Tab", state.pane == .jobs ? "Workers" : "Jobs")
    guard state.pane == .jobs else {
      return [("Enter", "Details")] + actions + [swap, ("F9", "Actions")]
    }
    return [("Enter", "Details"), ("l", "Log")] + actions
      + [("Space", "Tag"), ("/", "Filter"), ("F9", "Actions"), swap]
  }

  private func hintsForActions() -> [(String, String)] {
    if state.page == .lists, state.pane == .workers { return [("s", "Stop"), ("S", "Stop all")] }
    switch state.targets.first?.state {
    case .dead: return [("r", "Retry"), ("d", "Discard")]
    case .pending, .processing: return [("x", "Cancel")]
    case .failed: return [("r", "Retry"), ("x", "Cancel")]
    case .cancelled: return [("r", "Retry")]
    case .completed, nil: return []
    }
  }
}
