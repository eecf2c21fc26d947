import QueueCore
import QueueOperations

/// The state of the screen: the latest snapshot and the user's position in it.
///
/// ``update(_:)`` changes it and ``Renderer`` draws it; neither does I/O.
struct MonitorState: Equatable, Sendable {
  /// The part that is fixed at the start.
  struct Setup: Equatable, Sendable {
    /// The host name and the database, for the title.
    var host = ""
    var database = ""
    /// The source of the database path, unless it is a flag.
    var origin = ""
    /// Whether actions are disabled.
    var isReadOnly = false
    /// Whether the first snapshot chooses the tab.
    var picksTab = false
  }

  /// The list with the focus.
  enum Pane: Equatable, Sendable { case jobs, workers }

  /// The page that fills the screen.
  enum Page: Equatable, Sendable {
    case lists
    case detail(DetailState)
    case groups(Selection<ErrorGroup.Key>)
    case queues
    case workers
    case schedules
    case occurrences(OccurrencesState)
  }

  /// A dialog or prompt above the page, which gets the keys.
  enum Overlay: Equatable, Sendable {
    /// The help on keys or words, from a row on.
    case help(HelpTopic, Int)
    case dialog(Dialog)
    case filter(TextField, before: FilterText)
    case logSearch(TextField)
    case limit(TextField, queue: String)
    case menu(Menu)
  }

  /// The cursor and the marked jobs of a list.
  struct JobList: Equatable, Sendable {
    var selection = Selection<JobID>()
    var marks: [Job] = []
    /// The number of rows added above the first visible one since the list was at its beginning.
    var newAbove = 0
  }

  /// A message shown below the list for some seconds.
  struct Notice: Equatable, Sendable {
    var text: String
    var isWarning: Bool
    /// Whether it is the result of an action, which may come when another page is shown.
    var isResult = false
    /// The uptime at which it disappears; nil until the next snapshot, so that it stays while reads
    /// are blocked.
    var until: Duration?

    static let time = Duration.seconds(6)
    private static let timeToRead = Duration.seconds(2)

    /// Whether it disappears with its page. A result does once it was shown for two seconds.
    func endsWithPage(at now: Duration) -> Bool {
      guard isResult else { return true }
      return until.map { now >= $0 - Self.time + Self.timeToRead } ?? false
    }
  }

  let setup: Setup
  var size = Size(width: 80, height: 24)
  /// When the queue was last read.
  var now: Moment
  var snapshot: Snapshot?
  /// The latest window of a log.
  var log: LogText?
  /// The number of confirmed, unfinished actions, and the progress of the first.
  var openActions = 0
  var progress: ActionProgress?
  /// Whether to quit once they have finished.
  var isLeaving = false
  /// The request that ``snapshot`` answers.
  var answered: ViewRequest?
  var trouble: Trouble?
  /// The uptime at which the snapshot was last known to be current.
  var confirmedAt = Duration.zero
  /// Whether the poller hasn't reported for too long.
  var isSilent = false
  /// The next request.
  var request = ViewRequest()
  var page = Page.lists
  /// The page to return to from a job's page.
  var listPage = Page.lists
  var queueTable = TableState<QueueSort, String>(sort: .name)
  var workerTable = TableState<WorkerSort, WorkerID>(sort: .worker)
  var scheduleTable = TableState<ScheduleSort, String>(sort: .name)
  var overlay: Overlay?
  var pane = Pane.jobs
  var workerSelection = Selection<WorkerID>()
  var lists: [JobTab: JobList] = [:]
  var notice: Notice?
  /// Whether to show the details pane; nil: if there is room.
  var wantsDetails: Bool?
  var showsAllColumns = false
  /// The columns by which texts are scrolled to the left.
  var shift = 0
  var usesMouse = false
  /// The chosen background for the colours; nil for the terminal's.
  var background: Background?
  var terminalBackground = Background.dark
  /// The targets of the menu, set while one of its items is applied.
  var frozenTargets: [Job]?
  var frozenWorker: WorkerView?
  var frozenQueue: QueueLine?
  var frozenSchedule: ScheduleLine?
  /// The sort of each hidden tab.
  var sorts: [JobTab: JobSort] = [:]

  init(_ setup: Setup, now: Moment) {
    self.setup = setup
    self.now = now
  }

  // MARK: What is shown

  var layout: Layout {
    Layout(size, workers: isOnTable ? nil : workers.count, wantsDetails: wantsDetails)
  }

  /// The counts of the selected queue, or of all queues.
  var summary: QueueSummary {
    guard let all = snapshot?.summary else { return QueueSummary() }
    return request.queue.map { QueueSummary(counts: [$0: all.counts[$0] ?? [:]]) } ?? all
  }

  var workers: [WorkerView] { snapshot?.workers ?? [] }

  /// The result of the last action, if the user quits before it was shown.
  var unseenResult: String? {
    guard isLeaving else { return nil }
    if openActions == 0 { return notice?.text }
    return progress.map { "left while \($0.text)" } ?? "left before all actions had finished"
  }

  /// The jobs of the list; empty until they are read. While a filter is typed, the previous ones
  /// stay visible, because no key applies to them.
  var jobs: [Job] {
    let isTyping = if case .filter = overlay { answered?.tab == request.tab } else { false }
    return isAwaitingRows && !isTyping ? [] : snapshot?.list.jobs ?? []
  }

  /// Whether the requested rows are still being read.
  var isAwaitingRows: Bool { answered.map { !$0.lists(theSameAs: request) } ?? true }

  /// Whether rows are still being read; none come while the queue can't be read.
  var mayHaveRows: Bool { isAwaitingRows && trouble == nil }

  /// Whether the next key applies to rows that are still being read. Keys typed into a prompt
  /// don't.
  var keysAwaitRows: Bool {
    guard overlay == nil else { return false }
    return switch page {
    case .queues: snapshot?.queues == nil
    case .schedules: snapshot?.schedules == nil
    case .occurrences: snapshot?.occurrences == nil
    case .lists, .detail, .groups, .workers: isAwaitingRows
    }
  }

  /// The paused queues in words; nil for none.
  var pausedText: String? {
    let controls = snapshot?.controls ?? QueueControls()
    if controls.isEverythingPaused { return "all queues PAUSED" }
    let names = controls.queues.filter(\.givesOutNothing).map(\.name)
    guard let first = names.first else { return nil }
    let more = names.count > 1 ? " and \(names.count - 1) more" : ""
    return "queue \(TextWidth.cut(TerminalText.sanitized(first), to: 20))\(more) PAUSED"
  }

  /// The list of the tab.
  var list: JobList {
    get { lists[request.tab] ?? JobList() }
    set { lists[request.tab] = newValue }
  }

  var selectedJob: Job? {
    if let frozenTargets { return frozenTargets.first }
    return jobs.indices.contains(list.selection.index) ? jobs[list.selection.index] : nil
  }

  var selectedWorker: WorkerView? {
    if let frozenWorker { return frozenWorker }
    if page == .workers {
      let (sorted, index) = (sortedWorkers, workerTable.selection.index)
      return sorted.indices.contains(index) ? sorted[index] : nil
    }
    let index = workerSelection.index
    return workers.indices.contains(index) ? workers[index] : nil
  }

  /// The number of jobs in the tab, ignoring the filter.
  var tabCount: Int { count(of: request.tab) }

  func count(of tab: JobTab) -> Int { snapshot?.count(of: tab, queue: request.queue) ?? 0 }

  /// The age of an outdated snapshot; nil while it is current.
  var staleness: Duration? {
    guard snapshot != nil, trouble != nil || isSilent else { return nil }
    return max(.zero, now.uptime - confirmedAt)
  }
}

extension MonitorState {
  /// Creates the first state from the command line and the kept choices.
  init(_ options: Monitor.Options, now: Moment) {
    var setup = Setup(options)
    setup.picksTab = options.view.tab == nil && options.preferences.tab == nil
    self.init(setup, now: now)
    request.interval = options.interval
    terminalBackground = options.background
    begin(with: options.preferences)
    begin(with: options.view)
  }
}

extension MonitorState.Setup {
  /// Creates the setup from the command line.
  init(_ options: Monitor.Options) {
    self.init(
      host: options.host, database: options.database, origin: options.origin,
      isReadOnly: options.isReadOnly)
  }
}
