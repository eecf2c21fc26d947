import QueueCore
import QueueOperations

/// The table of keys, page by page, in the order of the help.
extension Binding {
  static func all(on page: MonitorState.Page) -> [Binding] {
    switch page {
    case .lists: lists
    case .detail(let page): page.description == nil ? detail : description
    case .groups: groups
    case .queues: queues
    case .workers: workers
    case .schedules: schedules
    case .occurrences: occurrences
    }
  }

  static let lists: [Binding] =
    moving("move") + rows + choosing + tabs + filtering + [
      retry, retryAll, discard, discardAll, cancel, pauseRun,
    ]
    + workersAndQueues + [actions] + sorting + pace + extent + choices + copying + always + [quit]

  static let detail: [Binding] =
    moving("a row of the log") + log + [retry, discard, cancel, pauseRun] + workersAndQueues + [
      actions
    ]
    + copying + pace + always + [
      Binding([.escape], "stop a search; back") { $0.stopSearchOrClose() },
      Binding(["q", .enter, .function(10)], "back to the lists") { $0.closeDetail() }
        .hint(right, "Back"), quitFromPage,
    ]

  static let description: [Binding] =
    moving("move") + ends + [
      Binding(["l"], "its log") { $0.showLogOfDescribed() }.hint(4, "Log").item(4, "Log"),
      logInPager, retry, discard, cancel, pauseRun,
    ] + workersAndQueues + [actions] + copying + pace + always + [
      Binding(["q", "i", .escape, .enter, .function(10)], shown: "q i Esc", "back, as Enter, F10") {
        $0.closeDescription()
      }
      .hint(right, "Back"), quitFromPage,
    ]

  static let groups: [Binding] =
    moving("move") + rows + [
      Binding([.enter], "the jobs of this group") { $0.showGroup() }
        .unless { $0.whyNoGroup }.hint(1, "Show jobs"),
      Binding(["r"], "retry all of the group") { $0.gatherGroup(.retry) }
        .acts { $0.whyNoGroup }.hint(3, "Retry group"),
      Binding(["d"], "discard all of the group") { $0.gatherGroup(.discard) }
        .acts { $0.whyNoGroup }.hint(3, "Discard group"),
    ] + pace + always + [
      Binding(["q", .escape, "e", .function(10)], "back to the lists") { $0.closeGroups() }
        .hint(right, "Back"), quitFromPage,
    ]

  // MARK: Moving

  private static func moving(_ help: String) -> [Binding] {
    [
      Binding([.up, .down, "j", "k"], help, [-1, 1, 1, -1]) { $0.move(.by($1)) },
      Binding(
        [.pageUp, .pageDown, .control("b"), .control("f")], shown: "PgUp PgDn", "a page, as ^B ^F",
        [-1, 1]
      ) { $0.move(.by($1 * $0.pageRows)) },
      Binding([.control("u"), .control("d")], "half a page", [-1, 1]) {
        $0.move(.by($1 * max(1, $0.pageRows / 2)))
      },
    ]
  }

  private static let ends: [Binding] = [
    Binding([.home, .end, "g", "G"], "the first, the last", [.toFirst, .toLast]) { $0.move($1) }
  ]

  /// For lists and groups.
  private static let rows: [Binding] =
    ends + [
      Binding([.left, .right], "scroll long texts", [-8, 8]) { $0.move(columns: $1) }
    ]

  // MARK: The lists

  private static let choosing: [Binding] = [
    openJob("a job: its runs, its log").hint(1, "Details"),
    describeJob("describe; why it waits").item(4, "Describe"),
    showLog.hint { $0.pane == .jobs ? (2, "Log") : nil }.item(4, "Log"),
    logInPager,
    Binding(["e"], "dead jobs by error") { $0.openGroups() }
      .item { $0.pane == .jobs && $0.request.tab == .dead ? (3, "Group by error") : nil },
    Binding([.tab, .backTab], shown: "Tab", "workers; back: Shift-Tab") { $0.changePane() }
      .hint { $0.pane == .jobs ? (11, "Workers") : (4, "Jobs") },
  ]

  private static let tabs: [Binding] = [
    Binding(Tab.all.map(\.key), shown: "0-9 c", "a tab", Tab.all) { $0.show($1) },
    Binding(["[", "]"], "; previous, next", [-1, 1]) { $0.stepTab(by: $1) },
  ]

  private static let filtering: [Binding] = [
    Binding(
      ["/", .function(4)],
      """
      filter: words, !word,
        id: cmd: err: queue: host:
        exit:1-5 attempt:>1 age:>10m
        run:>10s pri:5 state:dead
        worker:w2 schedule:nightly
        tag:import is:blocked
        older-than:2h newer-than:22:00
      """
    ) { $0.startFilter() }
    .hint { $0.pane == .jobs ? (6, "Filter") : nil },
    Binding([.escape], "clear; stop action") { $0.clearFilter() },
    Binding([" "], "mark") { $0.mark() }.unless { $0.whyNoMarks }.hint(5, "Mark"),
    Binding(["A"], "; all") { $0.markAll() }.unless { $0.whyNoMarks },
    Binding(["U"], "; none") { $0.list.marks = [] },
    Binding(["F"], "follow the newest row") { $0.followFirst() },
  ]

  private static let sorting: [Binding] = [
    Binding(["<", ">", .function(6)], "sort by another column", [-1, 1, 1]) { $0.sort(by: $1) },
    Binding(["I"], "reverse the order") { $0.reverse() },
  ]

  private static let tableSorting: [Binding] = [
    Binding(["<", ">", .function(6)], "sort by another column", [-1, 1, 1]) {
      $0.sortTable(by: $1)
    },
    Binding(["I"], "reverse the order") { $0.reverseTable() },
  ]

  // MARK: Tables

  static let queues: [Binding] =
    moving("move") + rows + [
      Binding([.enter], "only this queue") { $0.showQueue() }
        .unless { $0.whyNoQueue }.hint(1, "Its jobs")
    ] + tabs + [
      pauseQueue,
      Binding(["L"], "limit its running jobs") { $0.askForLimit() }
        .acts { $0.whyNoQueue }.hint(3, "Limit").item(1, "Set its limit"),
      actions,
    ] + tableSorting + pace + choices + [copyID] + always + [quit]

  static let schedules: [Binding] =
    moving("move") + rows + [
      Binding([.enter], "its times and jobs") { $0.openOccurrences() }
        .unless { $0.whyNoSchedule }.hint(1, "Times")
    ] + tabs + [
      Binding(["r"], "run it now") { $0.askToRunSchedule() }
        .acts { $0.whyNoSchedule }.hint(2, "Run now").item(1, "Run it now"),
      Binding(["P"], "pause, resume it") { $0.askToPauseSchedule() }
        .acts { $0.whyNoSchedule }.hint(3, "Pause, resume").item(1, "Pause or resume it"),
      actions,
    ] + tableSorting + pace + choices + [copyID] + always + [quit]

  static let occurrences: [Binding] =
    moving("move") + rows + [
      openJob("its job: runs, log").hint(1, "Its job"),
      describeJob("describe its job").hint(2, "Describe"),
    ] + tabs + pace + [copyID] + always + [
      Binding(["q", .escape, .function(10)], "back to the schedules") { $0.closeOccurrences() }
        .hint(right, "Back"), quitFromPage,
    ]

  static let workers: [Binding] =
    moving("move") + rows + [
      openJob("its job: runs, log").hint(1, "Its job"),
      describeJob("describe its job").item(4, "Describe its job"),
      showLog.hint(2, "Log").item(4, "Log"), logInPager,
    ] + tabs + [stopWorker, stopAll, actions] + tableSorting + pace + choices + copying + always + [
      quit
    ]

  private static let extent: [Binding] = [
    Binding(["v"], "details") { $0.wantsDetails = $0.layout.detailRows == 0 },
    Binding(["C"], "; all columns") { $0.showsAllColumns.toggle() },
  ]

  private static let choices: [Binding] = [
    Binding(["T"], "dark or light colours") { $0.stepBackground() },
    Binding(["W"], "save tab, sort, columns") { $0.keepChoices() },
  ]

  static let quit = Binding(["q", .function(10), .control("c")], "quit") { $0.quit() }
    .hint(right, "Quit")
  private static let quitFromPage = Binding([.control("c")], "quit") { $0.quit() }

  // MARK: One job

  private static let log: [Binding] = [
    Binding([" "], "the next page") { $0.move(.by($0.pageRows)) },
    Binding([.home, "g"], "its first line") { $0.move(.toFirst) },
    Binding([.end, "G"], "follow its end") { $0.move(.toLast) },
    Binding(["f"], "; stop") { $0.toggleFollowing() }.hint(6, "Follow"),
    Binding([.left, .right], "scroll long lines", [-8, 8]) { $0.detailPage?.move(columns: $1) },
    Binding(["w"], "wrap long lines") { $0.toggleWrapping() }.hint(7, "Wrap"),
    Binding(["/"], "find") { $0.startLogSearch() }.hint(8, "Find"),
    Binding(["n"], "; next") { $0.findInLog(forward: true) },
    Binding(["N"], "; previous") { $0.findInLog(forward: false) },
    Binding(["[", "]"], "an older, newer run", [1, -1]) { $0.chooseRun(older: $1) }
      .hint(5, "Run"),
    Binding(["i"], "describe; why it waits") { $0.describe() }.hint(9, "Describe")
      .item(4, "Describe"),
    Binding(["l"], "the log alone") { $0.detailPage?.isLogOnly.toggle() }
      .hint { (4, $0.wordForLog) }.item { (4, $0.wordForLog) },
    logInPager,
  ]

  private static func openJob(_ help: String) -> Binding {
    Binding([.enter], help) { $0.openDetail(isLogOnly: false) }.unless { $0.whyNoJob }
  }
  private static func describeJob(_ help: String) -> Binding {
    Binding(["i"], help) { $0.openDescription() }.unless { $0.whyNoJob }
  }
  private static let showLog = Binding(["l"], "its log") { $0.openDetail(isLogOnly: true) }
    .unless { $0.whyNoJob }

  private static let logInPager = Binding(["L"], "; in $PAGER") { $0.pageLog() }
    .unless { $0.runWithLog == nil ? "there is no log here yet" : nil }.item(4, "Log in a pager")

  // MARK: Acting

  private static let retry = Binding(["r"], "retry") { $0.askToRetry() }
    .acts { $0.whyNoRetry }.hint(3, "Retry")
    .item { (1, $0.targets.contains { $0.state == .dead } ? "Retry" : "Retry now") }
  private static let retryAll = Binding(["R"], "; all that match") { $0.gatherMatching(.retry) }
    .acts { $0.whyNotAll }.item { $0.isOnWorkers ? nil : (2, "Retry all that match") }
  private static let discard = Binding(["d"], "discard") { $0.askToDiscard() }
    .acts { $0.whyNone("discard", "discarded", [.dead]) }
    .hint { ($0.rankBesideRetry, "Discard") }.item(1, "Discard")
  private static let discardAll = Binding(["D"], "; all that match") { $0.gatherMatching(.discard) }
    .acts { $0.whyNotAll }.item { $0.isOnWorkers ? nil : (2, "Discard all that match") }
  private static let cancel = Binding(["x"], "cancel") { $0.askToCancel() }
    .acts { $0.whyNone("cancel", "cancelled", [.pending, .failed, .processing]) }
    .hint { ($0.rankBesideRetry, "Cancel") }.item(1, "Cancel")

  private static let pauseRun = Binding(["z"], "; pause, resume") { $0.askToPauseRuns() }
    .acts { $0.whyNone("pause", "paused", [.processing]) }
    .item {
      $0.isOnWorkers ? nil : (1, $0.runsToPause.isEmpty ? "Resume its run" : "Pause its run")
    }

  private static let workersAndQueues = [stopWorker, stopAll, pauseQueue]

  private static let stopWorker =
    Binding(["s"], "stop a worker") { $0.askToStop() }
    .acts { $0.whyNotStop }.hint { $0.isOnWorkers ? (3, "Stop") : nil }
    .item { (1, $0.isOnWorkers ? "Stop this worker" : "Stop its worker") }
  private static let stopAll =
    Binding(["S"], "; all") { $0.askToStopAll() }
    .acts { $0.workersToStop.isEmpty ? "no worker is running" : nil }
    .hint { $0.isOnWorkers ? (3, "Stop all") : nil }
    .item { $0.isOnWorkers ? (1, "Stop all workers") : nil }
  private static let pauseQueue =
    Binding(["P"], "pause, resume the queue") { $0.askToPause() }
    .acts { $0.whyNotPause }
    .hint { $0.page == .queues ? (2, "Pause, resume") : nil }
    .item {
      (
        1,
        $0.isEverythingPaused
          ? "Resume everything"
          : $0.page == .queues ? "Pause or resume it" : "Pause or resume its queue"
      )
    }

  private static let actions = Binding([.function(9)], "menu of actions") { $0.openMenu() }
    .hint(9, "Actions")

  private static let copyID = Binding(["y"], "copy the id") { $0.copy($0.shownID) }
    .unless { $0.shownID == nil ? "there is no id here" : nil }.item(4, "Copy the id")
  private static let copying: [Binding] = [
    copyID,
    Binding(["Y"], "; the command") { $0.copy($0.shownCommand) }
      .unless { $0.shownCommand == nil ? "there is no command here" : nil }
      .item(4, "Copy the command"),
  ]

  // MARK: On every page

  private static let pace: [Binding] = [
    Binding(["p", "Z"], "freeze the screen") { $0.request.isPaused.toggle() },
    Binding(["+", "=", "-"], "refresh less, - more", [1, 1, -1]) { $0.changeInterval($1) },
    Binding([.function(5)], "refresh") { _ in [.refresh] },
    Binding([.control("l")], "; redraw") { _ in [.redraw, .refresh] },
  ]

  private static let always: [Binding] = [
    Binding(["m"], "mouse on or off") { $0.toggleMouse() },
    // The terminal turns it into a signal for Monitor.
    Binding([], shown: "^Z", "suspend; fg resumes") { _ in },
    Binding(["?", "h", .function(1)], "help; Tab: the words") {
      $0.overlay = .help(.keys, 0)
    }
    .hint(right, "Help"),
  ]
}
