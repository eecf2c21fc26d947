import QueueCore

/// What may happen to the screen.
enum Event: Equatable, Sendable {
  case input(Input)
  case resized(Size)
  case heard(Report)
}

/// What is to be done outside, besides reading what ``MonitorState/look`` asks for.
enum Effect: Equatable, Sendable {
  case quit
  /// Draw everything, whatever the terminal shows.
  case redraw
  /// Look at the queue now.
  case refresh
  case act(Action)
  case gather(Gathering)
  case copy(String)
  /// Show a run's log in a pager.
  case page(RunID)
  case useMouse(Bool)
  /// Forget keys that were pressed before there was a question.
  case dropInput
}

extension MonitorState {
  /// Goes on by one event.
  mutating func update(_ event: Event) -> [Effect] {
    var effects: [Effect] = []
    switch event {
    case .resized(let size): self.size = size
    case .heard(let report): effects = hear(report)
    case .input(.key(let key)): effects = handle(key)
    case .input(.paste(let text)): paste(text)
    case .input(.mouse(let mouse, let place)): effects = handle(mouse, at: place)
    }
    settle()
    return effects
  }

  // MARK: What is heard

  private mutating func hear(_ report: Report) -> [Effect] {
    switch report {
    case .snapshot(let snapshot, let look):
      self.snapshot = snapshot
      answered = look
      confirm(at: snapshot.time)
    case .unchanged(let now): confirm(at: now)
    case .silence(let now):
      isSilent = true
      self.now = now
    case .trouble(let trouble, let now):
      self.trouble = trouble
      isSilent = false
      self.now = now
    case .acted(let result): say(result.text, isWarning: result.isWarning)
    case .gathered(let gathering, let ids, let isComplete):
      return askAboutAll(gathering, ids, isComplete: isComplete)
    }
    if let notice, now.uptime >= notice.until { self.notice = nil }
    return []
  }

  private mutating func confirm(at now: Moment) {
    self.now = now
    confirmedAt = now.uptime
    trouble = nil
    isSilent = false
  }

  /// Says something below the list for a while.
  mutating func say(_ text: String, isWarning: Bool = false) {
    notice = Notice(text: text, isWarning: isWarning, until: now.uptime + .seconds(6))
  }

  /// Puts the cursors where they belong after whatever happened, and asks for more rows near the end of those read.
  private mutating func settle() {
    let layout = layout
    if !isAwaitingRows {
      list.selection.settle(in: jobs.map(\.id), height: layout.jobRows)
      let wanted = list.selection.top + layout.jobRows * 2
      if snapshot?.list.hasMore == true, wanted > look.limit {
        look.limit = min(Look.mostRows, max(wanted, look.limit * 2))
      }
    }
    workerSelection.settle(in: workers.map(\.record.id), height: layout.workerRows)
    switch page {
    case .lists: look.detail = layout.detailRows > 0 ? selectedJob?.id : nil
    case .detail: break
    case .groups(var selection):
      if let groups = snapshot?.groups {
        selection.settle(in: groups.map(\.key), height: size.height - 5)
      }
      page = .groups(selection)
    }
  }

  // MARK: Keys

  private mutating func handle(_ key: Key) -> [Effect] {
    switch overlay {
    case .dialog(var dialog):
      let answer = dialog.answer(key)
      overlay = answer == .open ? .dialog(dialog) : nil
      if case .act(let action) = answer {
        list.tags = []
        return [.act(action)]
      }
      if answer == .no { say("nothing was done") }
      return []
    case .help(let top):
      overlay = scrolledHelp(top, by: key).map { .help($0) }
      return []
    case .filter(let field, let before):
      return handle(key, in: field, before: before)
    case .logSearch(let field): return handle(key, in: field)
    case .menu(let menu): return handle(key, in: menu)
    case nil: return handleOnPage(key)
    }
  }

  private mutating func handle(
    _ key: Key, in field: TextField, before: FilterText
  ) -> [Effect] {
    var field = field
    switch key {
    case .enter:
      overlay = nil
      searchLonger()
    case .escape, .control("c"):
      overlay = nil
      clearFilter()
    case .control("g"):
      overlay = nil
      look.filter = before
    default:
      _ = field.handle(key)
      overlay = .filter(field, before: before)
      look.filter = FilterText(field.text)
      look.searchTime = Look.typingTime
    }
    return []
  }

  /// A filter that is kept may take longer; and longer again where that wasn't enough.
  private mutating func searchLonger() {
    let hasSearched = look.searchTime > Look.typingTime && snapshot?.list.searched != nil
    look.searchTime =
      hasSearched ? min(look.searchTime * 2, Look.longestSearch) : .seconds(1)
  }

  mutating func clearFilter() {
    look.filter = FilterText("")
    look.group = nil
    look.searchTime = Look.typingTime
  }

  mutating func handleOnPage(_ key: Key) -> [Effect] {
    switch page {
    case .lists: handleInLists(key)
    case .detail(let page): handle(key, on: page)
    case .groups(let selection): handle(key, on: selection)
    }
  }

  private mutating func handle(_ key: Key, in field: TextField) -> [Effect] {
    var field = field
    guard case .detail(var page) = page else { return [] }
    switch key {
    case .enter:
      overlay = nil
      page.search = field.text
      find(in: &page, forward: true)
      self.page = .detail(page)
    case .escape, .control("c"): overlay = nil
    default:
      _ = field.handle(key)
      overlay = .logSearch(field)
    }
    return []
  }

  private mutating func handle(_ key: Key, in menu: Menu) -> [Effect] {
    var menu = menu
    switch key {
    case .up, .character("k"): menu.move(by: -1)
    case .down, .character("j"): menu.move(by: 1)
    case .enter:
      overlay = nil
      return menu.items.isEmpty ? [] : handleOnPage(menu.items[menu.index].key)
    default:
      overlay = nil
      return menu.items.contains { $0.key == key } ? handleOnPage(key) : []
    }
    overlay = .menu(menu)
    return []
  }

  /// Only where something is being typed; elsewhere, what is pasted could be anything.
  private mutating func paste(_ text: String) {
    switch overlay {
    case .filter(var field, let before):
      field.insert(text)
      overlay = .filter(field, before: before)
      look.filter = FilterText(field.text)
      look.searchTime = Look.typingTime
    case .logSearch(var field):
      field.insert(text)
      overlay = .logSearch(field)
    case .dialog, .help, .menu, nil: break
    }
  }

  /// Where the help goes on; nil when it is closed.
  private func scrolledHelp(_ top: Int, by key: Key) -> Int? {
    let layout = HelpLayout(of: self)
    switch key {
    case .up, .character("k"): return layout.place(top - 1)
    case .down, .character("j"): return layout.place(top + 1)
    case .pageUp: return layout.place(top - layout.rows)
    case .pageDown, .character(" "): return layout.place(top + layout.rows)
    default: return nil
    }
  }
}
