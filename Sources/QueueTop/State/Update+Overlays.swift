import QueueCore
import QueueOperations

/// The keys in overlays: questions, help, menu and prompts.
extension MonitorState {
  mutating func handleInOverlay(_ key: Key) -> [Effect] {
    switch overlay {
    case .dialog(let dialog): return handle(key, in: dialog)
    case .help(let topic, let top): overlay = help(topic, top, after: key)
    case .filter(let field, let before): handle(key, in: field, before: before)
    case .logSearch(let field): return handle(key, in: field)
    case .limit(let field, let queue): return handle(key, in: field, limiting: queue)
    case .menu(let menu): return handle(key, in: menu)
    case nil: break
    }
    return []
  }

  private mutating func handle(_ key: Key, in dialog: Dialog) -> [Effect] {
    var dialog = dialog
    let answer = dialog.answer(key)
    overlay = answer == .open ? .dialog(dialog) : nil
    switch answer {
    case .open: break
    case .no: say("nothing was done")
    case .act(let action):
      let jobs = Set(action.jobs)
      list.marks.removeAll { jobs.contains($0.id) }
      openActions += 1
      return [.act(action)]
    }
    return []
  }

  /// Answers a question that no longer fits the screen with No.
  mutating func dismissDialog() {
    overlay = nil
    say("nothing was done")
  }

  private mutating func handle(_ key: Key, in menu: Menu) -> [Effect] {
    var menu = menu
    switch key {
    case .up, "k": menu.move(by: -1)
    case .down, "j": menu.move(by: 1)
    case .enter where !menu.items.isEmpty: return choose(menu.items[menu.index].key, in: menu)
    default: return choose(key, in: menu)
    }
    overlay = .menu(menu)
    return []
  }

  /// Returns the help's new first row; nil to close it.
  private func help(_ topic: HelpTopic, _ top: Int, after key: Key) -> Overlay? {
    let layout = HelpLayout(of: self, topic)
    switch key {
    case .up, "k": return .help(topic, layout.place(top - 1))
    case .down, "j": return .help(topic, layout.place(top + 1))
    case .pageUp: return .help(topic, layout.place(top - layout.rows))
    case .pageDown, " ": return .help(topic, layout.place(top + layout.rows))
    case .tab, "?": return .help(topic.other, 0)
    default: return nil
    }
  }

  // MARK: Lines that are typed

  private mutating func handle(_ key: Key, in field: TextField, before: FilterText) {
    var field = field
    switch key {
    case .enter:
      // Don't keep an invalid filter: it would match every job.
      guard promptProblem == nil else { return }
      overlay = nil
      if request.filter.isEmpty { clearFilter(keepingGroup: true) } else { searchLonger() }
    case .escape, .control("c"):
      overlay = nil
      clearFilter()
    case .control("g"):
      overlay = nil
      request.filter = before
    default:
      _ = field.handle(key)
      filter(by: field, before: before)
    }
  }

  private mutating func filter(by field: TextField, before: FilterText) {
    overlay = .filter(field, before: before)
    request.filter = FilterText(field.text)
    request.searchTime = ViewRequest.typingTime
  }

  /// Gives a kept filter a longer search time, and more each time it is kept again.
  private mutating func searchLonger() {
    let hasSearched = request.searchTime > ViewRequest.typingTime && snapshot?.list.searched != nil
    request.searchTime =
      hasSearched ? min(request.searchTime * 2, ViewRequest.longestSearch) : .seconds(1)
  }

  private mutating func handle(_ key: Key, in field: TextField) -> [Effect] {
    var field = field
    switch key {
    case .enter:
      overlay = nil
      return findInLog(field.text)
    case .escape, .control("c"): overlay = nil
    default:
      _ = field.handle(key)
      overlay = .logSearch(field)
    }
    return []
  }

  /// Inserts pasted text into a prompt and ignores it elsewhere, where its letters would act as
  /// keys.
  mutating func paste(_ text: String) {
    switch overlay {
    case .filter(var field, let before):
      field.insert(text)
      filter(by: field, before: before)
    case .logSearch(var field):
      field.insert(text)
      overlay = .logSearch(field)
    case .limit(var field, let queue):
      field.insert(text)
      overlay = .limit(field, queue: queue)
    case .dialog, .help, .menu, nil: break
    }
  }
}
