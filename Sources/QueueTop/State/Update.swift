import QueueCore
import QueueOperations

/// An event for the screen.
enum Event: Equatable, Sendable {
  case input(Input)
  case resized(Size)
  case heard(PollerMessage)
  /// A click on a part of the frame with an effect.
  case clicked(ClickTarget)

  fileprivate var isByUser: Bool {
    switch self {
    case .input, .clicked: true
    case .resized, .heard: false
    }
  }
}

/// A side effect, besides reading what ``MonitorState/request`` asks for.
enum Effect: Equatable, Sendable {
  case quit
  /// Redraw everything, whatever the terminal shows.
  case redraw
  /// Read the queue now.
  case refresh
  case act(Action)
  /// Stop the action in progress.
  case stopAction
  case gather(BulkSelection)
  case copy(String)
  /// Search the visible log; nil stops a search.
  case search(LogSearch?)
  /// Show a run's log in a pager.
  case page(RunID)
  case useMouse(Bool)
  /// Draw in colours for that background.
  case use(Background)
  /// Store these choices for the next start.
  case keep([UInt8])
  /// Drop keys that were typed before the question appeared.
  case dropInput
}

extension MonitorState {
  /// Handles an event.
  mutating func update(_ event: Event) -> [Effect] {
    var effects: [Effect] = []
    let (place, old) = (place, notice)
    switch event {
    case .resized(let size): self.size = size
    case .heard(let message): effects = hear(message)
    case .clicked(let target): effects = click(target)
    case .input(.key(let key)): effects = receive(key)
    case .input(.paste(let text)): paste(text)
    case .input(.mouse(let mouse, let place)): effects = handle(mouse, at: place)
    case .input(.background(let background)): effects = note(background)
    }
    if event.isByUser, place != self.place, notice == old,
      notice?.endsWithPage(at: now.uptime) == true
    {
      notice = nil
    }
    settle()
    return effects
  }

  /// The visible page, without the position of its cursor.
  private enum Place: Equatable {
    case tab(Tab), job(JobID, isDescribed: Bool), groups, occurrences
  }

  private var place: Place {
    switch page {
    case .detail(let page): .job(page.job, isDescribed: page.description != nil)
    case .groups: .groups
    case .occurrences: .occurrences
    case .lists, .queues, .workers, .schedules: .tab(tab)
    }
  }

  /// The most important tab with jobs: dead, else running, failed, pending.
  private static func firstTab(of summary: QueueSummary, in queue: String?) -> JobTab {
    let tabs: [(JobTab, JobState)] = [
      (.dead, .dead), (.processing, .processing), (.failed, .failed), (.pending, .pending),
    ]
    return tabs.first { summary.count($0.1, queue: queue) > 0 }?.0 ?? .all
  }

  // MARK: What is heard

  private mutating func hear(_ message: PollerMessage) -> [Effect] {
    switch message {
    case .snapshot(let snapshot, let request):
      if setup.picksTab, self.snapshot == nil, self.request.tab == .all {
        show(Self.firstTab(of: snapshot.summary, in: request.queue))
      }
      self.snapshot = snapshot
      answered = request
      renewMarks()
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
    case .log(let log):
      self.log = log
      return []
    case .searching(let search, let percent):
      if detailPage?.search == search { detailPage?.searched = percent }
      return []
    case .searched(let search, let match):
      hear(match, of: search)
      return []
    case .found(let bulk, let jobs, let isComplete):
      mark(jobs, of: bulk, isComplete: isComplete)
      return []
    case .gathered(let bulk, let ids, let isComplete):
      return askAboutAll(bulk, ids, isComplete: isComplete)
    }
    // While STALE takes its place, a notice isn't visible and doesn't expire.
    guard staleness == nil else { return [] }
    if let until = notice?.until {
      if now.uptime >= until { notice = nil }
    } else {
      notice?.until = now.uptime + Notice.time
    }
    return []
  }

  /// Shows the result of an action.
  private mutating func noteActed(_ result: ActionResult) -> [Effect] {
    openActions = max(0, openActions - 1)
    progress = nil
    say(result.text, isWarning: result.isWarning)
    notice?.isResult = true
    return isLeaving && openActions == 0 ? [.quit] : []
  }

  /// Updates the marked jobs. If all rows of the list were read, jobs missing from them are
  /// unmarked.
  private mutating func renewMarks() {
    guard let rows = snapshot?.list, !isAwaitingRows, !list.marks.isEmpty else { return }
    var current: [JobID: Job] = [:]
    for job in rows.jobs { current[job.id] = job }
    let hasAll = !rows.hasMore && rows.searched == nil && !request.isFiltered
    list.marks = list.marks.compactMap { current[$0.id] ?? (hasAll ? nil : $0) }
  }

  private mutating func confirm(at now: Moment) {
    self.now = now
    confirmedAt = now.uptime
    trouble = nil
    isSilent = false
  }

  /// Shows a message below the list for some seconds.
  mutating func say(_ text: String, isWarning: Bool = false) {
    notice = Notice(text: text, isWarning: isWarning)
  }

  /// Updates the cursors, and requests more rows near the end of those read.
  private mutating func settle() {
    let layout = layout
    request.wantsQueues = page == .queues
    request.wantsSchedules = page == .schedules || occurrencesPage != nil
    request.schedule = occurrencesPage?.schedule
    if case .dialog = overlay, !layout.hasRoomForQuestions { dismissDialog() }
    if !isAwaitingRows {
      settleJobs(height: layout.jobRows)
    }
    // Without visible workers the focus is on the jobs.
    if layout.kind == .full, workers.isEmpty { pane = .jobs }
    workerSelection.settle(in: workers.map(\.record.id), height: layout.workerRows)
    switch page {
    case .lists: request.detail = layout.detailRows > 0 ? selectedJob?.id : nil
    case .detail: settleLog()
    case .queues, .workers, .schedules, .occurrences: settleTables()
    case .groups(var selection):
      if let groups = snapshot?.groups {
        selection.settle(in: groups.map(\.key), height: layout.groups.count)
      }
      page = .groups(selection)
    }
  }

  /// Finds the cursor's row, counts rows added above it, and requests more near the end.
  private mutating func settleJobs(height: Int) {
    let (ids, before) = (jobs.map(\.id), list.selection)
    list.selection.settle(in: ids, height: height)
    let after = list.selection
    let isNewestFirst = snapshot?.list.order.map { !$0.isReversed } == true && !request.isFromEnd
    if isNewestFirst, after.id != nil, after.id == before.id, after.index > before.index {
      list.newAbove += after.index - before.index
    }
    if after.top == 0 { list.newAbove = 0 }
    let distance = request.isFromEnd ? ids.count - after.top : after.top + height
    if snapshot?.list.hasMore == true, distance + height > request.limit {
      request.limit = min(ViewRequest.mostRows, max(distance + height, request.limit * 2))
    }
  }

  // MARK: Keys

  /// Whether Esc stops the action in progress.
  var canStopAction: Bool { progress != nil && overlay == nil }

  mutating func receive(_ key: Key) -> [Effect] {
    if key == .escape, canStopAction { return [.stopAction] }
    if isLeaving {
      if Binding.quit.keys.contains(key) { return quit() }
      // Any other key cancels quitting.
      isLeaving = false
    }
    return overlay == nil ? handleOnPage(key) : handleInOverlay(key)
  }

  /// Applies the key's binding, or shows why it is disabled.
  mutating func handleOnPage(_ key: Key) -> [Effect] {
    for binding in Binding.all(on: page) {
      guard let index = binding.keys.firstIndex(of: key) else { continue }
      if let reason = binding.whyNot(self) { return refuse(reason) }
      return binding.run(&self, index)
    }
    return []
  }

  /// Moves in the page's list or log.
  mutating func move(_ move: CursorMove) {
    switch page {
    case .lists: moveCursor(move)
    case .queues, .workers, .schedules, .occurrences: moveInTable(move)
    case .detail(let page):
      page.description == nil ? scrollLog(move) : scrollDescription(move)
    case .groups:
      let keys = groupKeys
      groupSelection?.move(move, in: keys)
    }
  }

  /// The number of rows that a page key moves.
  var pageRows: Int {
    switch page {
    case .lists: max(1, layout.rows(of: pane).count)
    case .queues, .workers, .schedules: max(1, layout.tableRows.count)
    case .detail(let page):
      page.description == nil
        ? max(1, detailLayout(page).logRows) : descriptionLayout?.height ?? 1
    case .groups, .occurrences: max(1, layout.groups.count)
    }
  }

  /// Lengthens the interval, or shortens it if `step` is negative.
  mutating func changeInterval(_ step: Int) {
    let others = Self.intervals.filter { step > 0 ? $0 > request.interval : $0 < request.interval }
    request.interval = (step > 0 ? others.first : others.last) ?? request.interval
  }

  private static let intervals: [Duration] = [
    .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
    .seconds(30), .seconds(60),
  ]

  mutating func toggleMouse() -> [Effect] {
    usesMouse.toggle()
    say(
      usesMouse
        ? "the mouse is on: click rows, tabs, headings, keys and answers" : "the mouse is off")
    return [.useMouse(usesMouse)]
  }

  /// Uses the terminal's background unless the user has chosen one.
  private mutating func note(_ background: Background) -> [Effect] {
    terminalBackground = background
    return self.background == nil ? [.use(background)] : []
  }

  /// Switches to colours for a dark background, a light one, then the terminal's.
  mutating func stepBackground() -> [Effect] {
    background = background == nil ? .dark : background == .dark ? .light : nil
    say(
      background.map { "colours for a \($0.rawValue) background" }
        ?? "colours for the terminal's background: \(terminalBackground.rawValue)")
    return [.use(background ?? terminalBackground)]
  }

  mutating func keepChoices() -> [Effect] { [.keep(preferences.bytes)] }

  /// Quits once confirmed actions have finished; at once on the second request.
  mutating func quit() -> [Effect] {
    if openActions == 0 || isLeaving { return [.quit] }
    isLeaving = true
    return []
  }
}
