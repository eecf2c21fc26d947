import QueueCore
import QueueOperations

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
      renewTags()
      confirm(at: snapshot.time)
    case .unchanged(let now): confirm(at: now)
    case .silence(let now):
      isSilent = true
      self.now = now
    case .trouble(let trouble, let now):
      self.trouble = trouble
      isSilent = false
      self.now = now
    case .acting(let progress): self.progress = progress
    case .acted(let result): return noteActed(result)
    case .said(let result):
      say(result.text, isWarning: result.isWarning)
      return []
    case .gathered(let gathering, let ids, let isComplete):
      return askAboutAll(gathering, ids, isComplete: isComplete)
    }
    // What is said can't be read while something else stands in its place.
    guard staleness == nil else { return [] }
    if let until = notice?.until {
      if now.uptime >= until { notice = nil }
    } else {
      notice?.until = now.uptime + .seconds(6)
    }
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
    notice = Notice(text: text, isWarning: isWarning)
  }

  /// Puts the cursors where they belong after whatever happened, and asks for more rows near the end of those read.
  private mutating func settle() {
    let layout = layout
    if case .dialog = overlay, !layout.hasRoomForQuestions { dismissDialog() }
    if !isAwaitingRows {
      list.selection.settle(in: jobs.map(\.id), height: layout.jobRows)
      let wanted = list.selection.top + layout.jobRows * 2
      if snapshot?.list.hasMore == true, wanted > look.limit {
        look.limit = min(Look.mostRows, max(wanted, look.limit * 2))
      }
    }
    // Where no workers are shown, nobody could see that the keys are theirs.
    if layout.kind == .full, workers.isEmpty { pane = .jobs }
    workerSelection.settle(in: workers.map(\.record.id), height: layout.workerRows)
    switch page {
    case .lists: look.detail = layout.detailRows > 0 ? selectedJob?.id : nil
    case .detail: break
    case .groups(var selection):
      if let groups = snapshot?.groups {
        selection.settle(in: groups.map(\.key), height: layout.groups.count)
      }
      page = .groups(selection)
    }
  }

  // MARK: Keys

  private mutating func handle(_ key: Key) -> [Effect] {
    if isLeaving {
      if key == .character("q") || key == .control("c") || key == .function(10) { return quit() }
      // Whoever goes on working stays.
      isLeaving = false
    }
    return overlay == nil ? handleOnPage(key) : handleInOverlay(key)
  }

  mutating func handleOnPage(_ key: Key) -> [Effect] {
    if let effects = handleAnywhere(key) { return effects }
    switch page {
    case .lists: return handleInLists(key)
    case .detail(let page): return handle(key, on: page)
    case .groups(let selection): return handle(key, on: selection)
    }
  }

  /// The keys that mean the same on every page; nil for others.
  private mutating func handleAnywhere(_ key: Key) -> [Effect]? {
    switch key {
    case .control("c"): return quit()
    case .character("?"), .character("h"), .function(1): overlay = .help(0)
    case .function(5): return [.refresh]
    case .control("l"): return [.redraw, .refresh]
    case .character("p"), .character("Z"): look.isPaused.toggle()
    case .character("+"), .character("="):
      look.interval = Self.intervals.first { $0 > look.interval } ?? .seconds(60)
    case .character("-"):
      look.interval = Self.intervals.last { $0 < look.interval } ?? .milliseconds(200)
    case .character("m"):
      usesMouse.toggle()
      say(usesMouse ? "the mouse is on: it selects and scrolls" : "the mouse is off")
      return [.useMouse(usesMouse)]
    default: return nil
    }
    return []
  }

  private static let intervals: [Duration] = [
    .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
    .seconds(30), .seconds(60),
  ]

  /// Once what was confirmed is done, or at once if asked again.
  mutating func quit() -> [Effect] {
    if openActions == 0 || isLeaving { return [.quit] }
    isLeaving = true
    return []
  }

  mutating func clearFilter(keepingGroup: Bool = false) {
    look.filter = FilterText("")
    if !keepingGroup { look.group = nil }
    look.searchTime = Look.typingTime
  }
}
