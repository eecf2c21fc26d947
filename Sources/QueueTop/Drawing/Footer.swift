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
        return line.put(troubleWords ?? "db busy \(Format.age(stale))", .warning)
      }
      if let progress = state.progress { return line.put(progress.text, .strong) }
      if let page = state.detailPage, let percent = page.searched {
        let text = TerminalText.quoted(page.pattern.text)
        return line.put("searching for \(text): \(percent)%   Esc stops it", .strong)
      }
      if let notice = state.notice {
        return line.put(notice.text, notice.isWarning ? .warning : .strong)
      }
      guard state.page == .lists else { return }
      if state.layout.kind == .full { putPosition(on: &line) } else { putShortPosition(on: &line) }
    }
  }

  /// The trouble, for above older rows; nil while the database is busy. The title has the path.
  var troubleWords: String? {
    guard let words = state.trouble?.words.map(TerminalText.sanitized) else { return nil }
    let path = TerminalText.sanitized(state.setup.database)
    return words.hasPrefix(path) ? "the queue" + words.dropFirst(path.count) : words
  }

  private func putPosition(on line: inout Line) {
    let position = state.jobs.isEmpty ? 0 : state.list.selection.index + 1
    line.put("\(position) of \(matching) \(state.request.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put("   \(state.list.tags.count) tagged", .strong) }
    if let searched {
      line.put("   \(searched), / Enter for more", .warning)
    } else {
      line.put("   \(order)", .faint)
    }
    line.put("   filter: ", .faint)
    if let group = state.request.group { line.put("\(group.exit) \(group.pattern) ", .strong) }
    line.put(state.request.filter.text, .strong)
    let hint = state.request.isFiltered ? "   Esc clears it" : "none"
    if hint.count <= line.room { line.put(hint, .faint) }
  }

  /// How many jobs match; with a "+" when the search didn't look at all of them.
  private var matching: String {
    guard state.request.isFiltered, let list = state.snapshot?.list else {
      return Format.grouped(state.tabCount)
    }
    return Format.grouped(list.found) + (list.searched == nil ? "" : "+")
  }

  private var searched: String? {
    state.snapshot?.list.searched.map {
      "searched \(state.request.sort.isReversed ? "oldest" : "newest") \(Format.short($0))"
    }
  }

  /// What the rows are ordered by, as it is.
  private var order: String {
    let request = state.request
    let list = state.snapshot?.list
    if request.sort.key == .age, list?.order?.key == .created {
      return request.sort.isReversed ? "first enqueued first" : "last enqueued first"
    }
    let part =
      list?.order == nil && list?.hasMore == true
      ? " of the newest \(Format.grouped(state.jobs.count))" : ""
    return "sort \(request.sort.key.title)\(request.sort.isReversed ? " reversed" : "")\(part)"
  }

  private func putShortPosition(on line: inout Line) {
    let rows = state.jobs.count
    line.put("\(rows == 0 ? 0 : state.list.selection.index + 1)/")
    line.put(matching)
    line.put(" \(state.request.tab.state?.rawValue ?? "jobs")")
    if !state.list.tags.isEmpty { line.put(" \(state.list.tags.count) tagged", .strong) }
    if let group = state.request.group { line.put("  \(group.exit) \(group.pattern)", .strong) }
    if !state.request.filter.isEmpty { line.put("  /\(state.request.filter.text)", .strong) }
  }

  // MARK: The filter while it is typed

  private func prompt(_ field: TextField) -> Line {
    line { line in
      line.put(" /", .strong)
      line.put(field.text)
      line.put(" ")
      if state.request.filter.problem != nil {
        line.putRight("Esc clear", .faint)
      } else if let searched {
        line.putRight("\(matching)   \(searched)   Enter for more   Esc clear", .faint)
      } else {
        let total = Format.grouped(state.tabCount)
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
    let before = TextWidth.of(TerminalText.sanitized(String(field.text.prefix(field.cursor))))
    return Frame.Place(row: state.size.height - 2, column: min(width - 1, 2 + before))
  }

  // MARK: Keys

  func keys() -> Line {
    if case .filter = state.overlay, let problem = state.request.filter.problem {
      return line { $0.put(problem, .warning) }
    }
    let offers = Binding.offered(\.hint, in: state)
    let hints = offers.filter { $0.rank != Binding.right }
    let last = offers.filter { $0.rank == Binding.right }
    let isCompact = state.layout.kind == .compact
    return line { line in
      let end =
        isCompact
        ? last.map(\.binding.name).joined(separator: " ")
        : last.map { "\($0.binding.name) \($0.text)" }.joined(separator: "  ")
      for hint in hints {
        let gap = line.used == 0 ? "" : "  "
        let columns = gap.count + hint.binding.name.count + 1 + hint.text.count
        guard line.used + columns <= width - end.count - 2 else { break }
        line.put(gap)
        put(hint, on: &line)
      }
      line.pad(to: width - end.count - (isCompact ? 1 : 0))
      if isCompact { return line.put(end, .strong) }
      for (index, hint) in last.enumerated() {
        if index > 0 { line.put("  ", .faint) }
        put(hint, on: &line)
      }
    }
  }

  private func put(_ hint: Binding.Offer, on line: inout Line) {
    line.put(hint.binding.name, .strong)
    line.put(" \(hint.text)", .faint)
  }
}
