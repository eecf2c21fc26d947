import QueueCore
import QueueOperations

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
      if state.isLeaving {
        let rest = state.progress?.text ?? "finishing what was confirmed"
        return line.put("\(rest); q again leaves at once", .warning)
      }
      if let stale = state.staleness {
        return line.put(troubleWords ?? "db busy \(Figures.age(stale))", .warning)
      }
      if let progress = state.progress { return line.put(progress.text, .strong) }
      if let notice = state.notice {
        return line.put(notice.text, notice.isWarning ? .warning : .strong)
      }
      guard state.page == .lists else { return }
      if state.layout.kind == .full { putPosition(on: &line) } else { putShortPosition(on: &line) }
    }
  }

  /// What is wrong while an older look is shown; nil for a database that others hold. Its path is above, and would hide the rest.
  var troubleWords: String? {
    guard let words = state.trouble?.words.map(SafeText.inert) else { return nil }
    let path = SafeText.inert(state.setup.database)
    return words.hasPrefix(path) ? "the queue" + words.dropFirst(path.count) : words
  }

  private func putPosition(on line: inout Line) {
    let position = state.jobs.isEmpty ? 0 : state.list.selection.index + 1
    line.put("\(position) of \(matching) \(state.look.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put("   \(state.list.tags.count) tagged", .strong) }
    if let searched {
      line.put("   \(searched), / Enter for more", .warning)
    } else {
      line.put("   \(order)", .faint)
    }
    line.put("   filter: ", .faint)
    if let group = state.look.group { line.put("\(group.exit) \(group.pattern) ", .strong) }
    line.put(state.look.filter.text, .strong)
    let hint = state.look.isFiltered ? "   Esc clears it" : "none"
    if hint.count <= line.room { line.put(hint, .faint) }
  }

  /// How many jobs there are of those that are shown; at least so many where not all were looked through.
  private var matching: String {
    guard state.look.isFiltered, let list = state.snapshot?.list else {
      return Figures.grouped(state.tabCount)
    }
    return Figures.grouped(list.found) + (list.searched == nil ? "" : "+")
  }

  private var searched: String? {
    state.snapshot?.list.searched.map {
      "searched \(state.look.isReversed ? "oldest" : "newest") \(Figures.short($0))"
    }
  }

  /// What the rows are ordered by, as it is.
  private var order: String {
    let look = state.look
    let list = state.snapshot?.list
    if look.sort == .age, list?.order?.key == .created {
      return look.isReversed ? "first enqueued first" : "last enqueued first"
    }
    let part =
      list?.order == nil && list?.hasMore == true
      ? " of the newest \(Figures.grouped(state.jobs.count))" : ""
    return "sort \(look.sort.title)\(look.isReversed ? " reversed" : "")\(part)"
  }

  private func putShortPosition(on line: inout Line) {
    let rows = state.jobs.count
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1)/")
    line.put(matching)
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
      line.put(" ")
      if state.look.filter.problem != nil {
        line.putRight("Esc clear", .faint)
      } else if let searched {
        line.putRight("\(matching)   \(searched)   Enter for more   Esc clear", .faint)
      } else {
        let total = Figures.grouped(state.tabCount)
        line.putRight("\(matching) of \(total)   Enter keep   Esc clear", .faint)
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
    if case .filter = state.overlay, let problem = state.look.filter.problem {
      return line { $0.put(problem, .warning) }
    }
    return line { line in
      let isCompact = state.layout.kind == .compact
      let leaving = state.page == .lists ? "Quit" : "Back"
      let right = isCompact ? "? q" : "? Help  q \(leaving)"
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
      line.put(" \(leaving)", .faint)
    }
  }

  private func hints() -> [(String, String)] {
    switch state.page {
    case .lists: return hintsForLists()
    case .detail(let page):
      return hintsForActions() + [("l", page.isLogOnly ? "Runs too" : "Log alone"), ("[ ]", "Run")]
        + [("f", "Follow"), ("w", "Wrap"), ("/", "Find"), ("F9", "Actions")]
    case .groups:
      let actions = state.setup.isReadOnly ? [] : [("r", "Retry group"), ("d", "Discard group")]
      return [("Enter", "Show jobs")] + actions
    }
  }

  private func hintsForLists() -> [(String, String)] {
    let actions = hintsForActions()
    let swap = ("Tab", state.pane == .jobs ? "Workers" : "Jobs")
    guard state.pane == .jobs else {
      return [("Enter", "Details")] + actions + [swap, ("F9", "Actions")]
    }
    // Where there is room for one action only, F9 has the others.
    return [("Enter", "Details"), ("l", "Log")] + actions.prefix(1)
      + [("Space", "Tag"), ("/", "Filter"), ("F9", "Actions")] + actions.dropFirst() + [swap]
  }

  private func hintsForActions() -> [(String, String)] {
    if state.setup.isReadOnly { return [] }
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
