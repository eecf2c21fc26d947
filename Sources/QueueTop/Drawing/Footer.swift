import QueueCore
import QueueOperations

/// The two bottom lines: position and keys.
extension Renderer {
  func status() -> Line {
    switch state.overlay {
    case .filter(let field, _): return prompt(field)
    case .logSearch(let field): return logPrompt(field)
    case .limit(let field, let queue): return limitPrompt(field, queue)
    case .dialog, .help, .menu, nil: break
    }
    return line { line in
      if state.layout.kind == .full { line.put(" ") }
      if state.isLeaving {
        let rest = state.progress?.text ?? "finishing confirmed actions"
        return line.put("\(rest); q again leaves at once", .warning)
      }
      if let stale = state.staleness {
        return line.put(troubleWords ?? "db busy \(Format.age(stale))", .warning)
      }
      if let progress = state.progress {
        return line.put("\(progress.text)   Esc stops it", .strong)
      }
      if let page = state.detailPage, let percent = page.searched {
        let text = TerminalText.quoted(page.pattern.text)
        return line.put("searching for \(text): \(percent)%   Esc stops it", .strong)
      }
      putPosition(on: &line)
      guard let notice = state.notice else { return }
      if line.used > 1 { line.put("   ") }
      line.put(notice.text, notice.isWarning ? .warning : .strong, in: max(0, line.room - 1))
    }
  }

  /// The error above outdated rows, without the path, which the title has; nil while the database
  /// is locked.
  var troubleWords: String? {
    guard let words = state.trouble?.words.map(TerminalText.sanitized) else { return nil }
    let path = TerminalText.sanitized(state.setup.database)
    return words.hasPrefix(path) ? "the queue" + words.dropFirst(path.count) : words
  }

  private func putPosition(on line: inout Line) {
    switch state.page {
    case .lists:
      if state.layout.kind == .full { putJobs(on: &line) } else { putJobsShort(on: &line) }
    case .queues:
      let table = state.queueTable
      putTable(table, state.sortedQueues.count, "queue", by: table.sort.title, on: &line)
    case .schedules:
      let table = state.scheduleTable
      putTable(table, state.sortedSchedules.count, "schedule", by: table.sort.title, on: &line)
    case .workers:
      let table = state.workerTable
      putTable(table, state.workers.count, "worker", by: table.sort.title, on: &line)
    case .groups(let selection): putGroups(selection, on: &line)
    case .occurrences(let page):
      let count = state.shownOccurrences.count
      line.put("\(count == 0 ? 0 : page.selection.index + 1) of \(count, of: "time")")
    case .detail: break
    }
  }

  private func putTable<Sort, ID>(
    _ table: TableState<Sort, ID>, _ count: Int, _ noun: String, by title: String,
    on line: inout Line
  ) {
    line.put("\(count == 0 ? 0 : table.selection.index + 1) of \(count, of: noun)")
    guard state.notice == nil, count > 0 else { return }
    line.put("   sort \(title)\(table.isReversed ? " reversed" : "")", .faint)
  }

  private func putJobs(on line: inout Line) {
    line.put("\(position) of \(matching) \(noun)")
    let new = state.list.newAbove
    if new > 0 { line.put("   ↑\(Format.grouped(new)) new", .strong) }
    if !state.list.marks.isEmpty {
      line.put("   \(Format.grouped(state.list.marks.count)) marked", .strong)
    }
    guard state.notice == nil else { return }
    if let searched {
      line.put("   \(searched), / Enter for more", .warning)
    } else {
      line.put("   \(order)", .faint)
    }
    if let queue = state.request.queue {
      line.put("   queue: ", .faint)
      line.put(queue, .strong)
    }
    if state.request.queue == nil || state.request.hasConditions {
      line.put("   filter: ", .faint)
      if let group = state.request.group { putCut("\(group.title) ", on: &line) }
      putCut(state.request.filter.text, on: &line)
    }
    let hint = state.request.isFiltered ? "   Esc clears it" : "none"
    if hint.count <= line.room { line.put(hint, .faint) }
  }

  private var noun: String {
    let adjective = state.request.tab.adjective
    return adjective.isEmpty ? "jobs" : String(adjective.dropLast())
  }

  /// The cursor's position in the whole list.
  private var position: String {
    guard !state.jobs.isEmpty else { return "0" }
    let before =
      state.request.isFromEnd && searched == nil ? max(0, count - state.jobs.count) : 0
    return Format.grouped(before + state.list.selection.index + 1)
  }

  private var count: Int {
    state.request.hasConditions ? state.snapshot?.list.found ?? 0 : state.tabCount
  }

  /// The number of matches, with a "+" if the search was partial.
  private var matching: String {
    let isPart = state.request.hasConditions && state.snapshot?.list.searched != nil
    return Format.grouped(count) + (isPart ? "+" : "")
  }

  private var searched: String? {
    state.snapshot?.list.searched.map {
      let isOldest = state.request.sort.isReversed != state.request.isFromEnd
      return "searched \(isOldest ? "oldest" : "newest") \(Format.short($0))"
    }
  }

  /// The order of the rows.
  private var order: String {
    let request = state.request
    let list = state.snapshot?.list
    if request.sort.key == .age, list?.order?.key == .created {
      return request.sort.isReversed ? "first enqueued first" : "last enqueued first"
    }
    let part =
      list?.order == nil && list?.hasMore == true && !request.isInTurn
      ? " of the newest \(Format.grouped(state.jobs.count))" : ""
    if request.sort.key == .turn {
      return (request.sort.isReversed ? "last to run first" : "next to run first") + part
    }
    let title = request.sort.key.title(isWide: isWide)
    return "sort \(title)\(request.sort.isReversed ? " reversed" : "")\(part)"
  }

  private func putJobsShort(on line: inout Line) {
    line.put("\(position)/\(matching) \(noun)")
    if state.list.newAbove > 0 { line.put(" ↑\(Format.short(state.list.newAbove))", .strong) }
    if !state.list.marks.isEmpty {
      line.put(" \(Format.short(state.list.marks.count)) marked", .strong)
    }
    guard state.notice == nil else { return }
    if let queue = state.request.queue { line.put("  \(queue)", .strong) }
    if let group = state.request.group { putCut("  \(group.title)", on: &line) }
    if !state.request.filter.isEmpty { putCut("  /\(state.request.filter.text)", on: &line) }
  }

  private func putCut(_ text: String, on line: inout Line) {
    line.put(TextWidth.cut(TerminalText.sanitized(text), to: line.room), .strong)
  }

  // MARK: The filter while it is typed

  private func prompt(_ field: TextField) -> Line {
    line { line in
      line.put(" /", .strong)
      put(field, on: &line)
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
      put(field, on: &line)
      line.putRight("Enter find   Esc cancel   then n N", .faint)
    }
  }

  private func limitPrompt(_ field: TextField, _ queue: String) -> Line {
    line { line in
      line.put(limitLabel(queue))
      put(field, on: &line, .strong)
      line.putRight("empty: no limit", .faint)
    }
  }

  private func put(_ field: TextField, on line: inout Line, _ style: Style = .plain) {
    line.put(TypedLine(field, columns: line.room).text, style)
    line.put(" ")
  }

  private func limitLabel(_ queue: String) -> String {
    " Running jobs of queue \(TextWidth.cut(TerminalText.sanitized(queue), to: 20)), at most: "
  }

  var promptCursor: Frame.Place? {
    let (field, start): (TextField, Int)
    switch state.overlay {
    case .filter(let typed, _), .logSearch(let typed): (field, start) = (typed, 2)
    case .limit(let typed, let queue): (field, start) = (typed, TextWidth.of(limitLabel(queue)))
    case .dialog, .help, .menu, nil: return nil
    }
    let column = start + TypedLine(field, columns: width - start).cursor
    return Frame.Place(row: state.size.height - 2, column: min(width - 1, column))
  }

  // MARK: Keys

  func keys() -> Line {
    if let overlay = state.overlay { return keys(in: overlay) }
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
        put(hint.binding.name, hint.text, does: hint.binding.keys[0], on: &line)
      }
      line.pad(to: width - end.count - (isCompact ? 1 : 0))
      if isCompact { return line.put(end, .strong) }
      for (index, hint) in last.enumerated() {
        if index > 0 { line.put("  ", .faint) }
        put(hint.binding.name, hint.text, does: hint.binding.keys[0], on: &line)
      }
    }
  }

  private func put(_ name: String, _ text: String, does key: Key, on line: inout Line) {
    line.clickable(.key(key)) {
      $0.put(name, .strong)
      $0.put(" \(text)", .faint)
    }
  }

  /// The keys of an overlay, which replace those of the page.
  private func keys(in overlay: MonitorState.Overlay) -> Line {
    if let problem = state.promptProblem { return line { $0.put(problem, .warning) } }
    return line { line in
      for (index, hint) in Self.hints(of: overlay).enumerated() {
        if index > 0 { line.put("  ") }
        put(hint.name, hint.text, does: hint.key, on: &line)
      }
    }
  }

  private static func hints(
    of overlay: MonitorState.Overlay
  ) -> [(name: String, text: String, key: Key)] {
    switch overlay {
    case .dialog(let dialog):
      switch dialog.confirmation {
      case .yes: [("y", "Yes", "y"), ("Esc", "No", .escape)]
      case .yesOr(let label, _):
        [("y", "Yes", "y"), ("Esc", "No", .escape), ("K", String(label.dropFirst(2)), "K")]
      case .number: [("Enter", "Go on", .enter), ("Esc", "Cancel", .escape)]
      }
    case .filter:
      [("Enter", "Keep", .enter), ("Esc", "Clear", .escape), ("^G", "As before", .control("g"))]
    case .logSearch: [("Enter", "Find", .enter), ("Esc", "Cancel", .escape)]
    case .limit: [("Enter", "Set", .enter), ("Esc", "Cancel", .escape)]
    case .menu:
      [("Up Down", "Choose", .down), ("Enter", "Do it", .enter), ("Esc", "Close", .escape)]
    case .help(let topic, _):
      [
        ("Tab", topic == .keys ? "Words" : "Keys", .tab), ("Up Down", "More", .down),
        ("Esc", "Close", .escape),
      ]
    }
  }
}
