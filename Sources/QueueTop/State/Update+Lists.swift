import QueueCore
import QueueOperations

extension MonitorState {
  /// What a key does while the lists are shown and nothing lies above them.
  mutating func handleInLists(_ key: Key) -> [Effect] {
    if move(key) || choose(key) || arrange(key) { return [] }
    switch key {
    case .character("q"), .function(10): return quit()
    case .function(9): overlay = .menu(actionMenu())
    case .character("y"): return copyID()
    case .character("Y"): return copyCommand()
    case .enter: openDetail(isLogOnly: false)
    case .character("l"): openDetail(isLogOnly: true)
    case .character("L"): return pageLog()
    case .character("e"): openGroups()
    default: return ask(for: key)
    }
    return []
  }

  // MARK: Moving

  private mutating func move(_ key: Key) -> Bool {
    if let motion = Motion(key, page: pane == .jobs ? layout.jobRows : layout.workerRows) {
      moveCursor(motion)
      return true
    }
    switch key {
    case .left: shift = max(0, shift - 8)
    case .right: shift = min(400, shift + 8)
    case .character("F"):
      list.selection.followFirst()
      say("following the first row")
    default: return false
    }
    return true
  }

  mutating func moveCursor(_ motion: Motion) {
    switch pane {
    case .jobs: list.selection.move(motion, in: jobs.map(\.id))
    case .workers: workerSelection.move(motion, in: workers.map(\.record.id))
    }
  }

  // MARK: Choosing what is shown

  private mutating func choose(_ key: Key) -> Bool {
    switch key {
    case .tab, .backTab: pane = pane == .jobs ? .workers : .jobs
    case .character("["): show(look.tab.stepped(by: -1))
    case .character("]"): show(look.tab.stepped(by: 1))
    case .character("/"), .function(4):
      pane = .jobs
      overlay = .filter(TextField(look.filter.text), before: look.filter)
    case .escape: clearFilter()
    case .character(" "): tag()
    case .character("A"): tagAll()
    case .character("U"): list.tags = []
    case .character(let digit):
      guard let number = digit.wholeNumberValue, let tab = JobTab(rawValue: number - 1) else {
        return false
      }
      show(tab)
    default: return false
    }
    return true
  }

  mutating func show(_ tab: JobTab) {
    pane = .jobs
    look.tab = tab
    look.group = nil
    look.limit = Look().limit
    shift = 0
  }

  private mutating func tagAll() {
    guard pane == .jobs else { return }
    list.tags = jobs
    guard snapshot?.list.hasMore == true else { return }
    let all = look.tab == .dead ? "; R and D are for all that match" : ""
    say("tagged the first \(Figures.grouped(jobs.count)) rows\(all)")
  }

  private mutating func tag() {
    guard pane == .jobs, let job = selectedJob else { return }
    if let index = list.tags.firstIndex(where: { $0.id == job.id }) {
      list.tags.remove(at: index)
    } else {
      list.tags.append(job)
    }
    moveCursor(.by(1))
  }

  // MARK: How it is shown

  private mutating func arrange(_ key: Key) -> Bool {
    switch key {
    case .character("<"): sort(by: look.sort.stepped(by: -1))
    case .character(">"), .function(6): sort(by: look.sort.stepped(by: 1))
    case .character("I"): look.isReversed.toggle()
    case .character("v"): wantsDetails = layout.detailRows == 0
    case .character("i"): showsAllColumns.toggle()
    default: return false
    }
    return true
  }

  private mutating func sort(by key: SortKey) {
    look.sort = key
    list.selection.followFirst()
  }

  // MARK: Handing on

  private mutating func pageLog() -> [Effect] {
    let run = pane == .jobs ? selectedJob?.latestRun?.run : selectedWorker?.record.current?.run
    guard let run else { return refuse("there is no log here yet") }
    return [.page(run)]
  }

  private mutating func copyID() -> [Effect] {
    let id =
      pane == .jobs ? selectedJob?.id.text : selectedWorker?.record.id.description
    return copy(id)
  }

  private mutating func copyCommand() -> [Effect] {
    copy(pane == .jobs ? selectedJob?.command : selectedWorker?.command)
  }

  mutating func copy(_ text: String?) -> [Effect] {
    guard let text else { return [] }
    say("copied \(SafeText.quoted(text))")
    return [.copy(text)]
  }
}
