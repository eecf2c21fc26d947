import QueueCore
import QueueOperations

/// All that the screen is made from: what was read, and where its user is in it.
///
/// It is changed by ``update(_:)`` alone, and drawn by ``Renderer``; neither touches the world.
struct MonitorState: Equatable, Sendable {
  /// What stays as it was at the start.
  struct Setup: Equatable, Sendable {
    /// The machine and the database, for the title.
    var host = ""
    var database = ""
    /// How the database was chosen, when it wasn't named by a flag.
    var origin = ""
    /// Whether nothing may be changed.
    var isReadOnly = false
    /// Whether the first snapshot chooses the tab.
    var picksTab = false
  }

  /// Which list the keys go to.
  enum Pane: Equatable, Sendable { case jobs, workers }

  /// What fills the screen.
  enum Page: Equatable, Sendable {
    case lists
    case detail(DetailState)
    case groups(Selection<ErrorGroup.Key>)
    case queues
    case workers
    case schedules
    case occurrences(OccurrencesState)
  }

  /// What lies above the page, and takes the keys.
  enum Overlay: Equatable, Sendable {
    /// The keys, or what the words on the screen mean, from a row on.
    case help(HelpTopic, Int)
    case dialog(Dialog)
    case filter(TextField, before: FilterText)
    case logSearch(TextField)
    case limit(TextField, queue: String)
    case menu(Menu)
  }

  /// A list of jobs: where its cursor is, and which are tagged.
  struct JobList: Equatable, Sendable {
    var selection = Selection<JobID>()
    var tags: [Job] = []
    /// How many rows came above the first one shown since the list was at its beginning.
    var newAbove = 0
  }

  /// Something said below the list for a while.
  struct Notice: Equatable, Sendable {
    var text: String
    var isWarning: Bool
    /// Nil until the next answer of the queue, so that a notice is seen even while nothing is read.
    var until: Duration?
  }

  let setup: Setup
  var size = Size(width: 80, height: 24)
  /// When the queue was last read.
  var now: Moment
  var snapshot: Snapshot?
  /// The latest window of a log.
  var log: LogText?
  /// Actions that were confirmed and aren't done, and how far the first of them is.
  var openActions = 0
  var progress: ActionProgress?
  /// Whether its user wants to quit once those are done.
  var isLeaving = false
  /// What ``snapshot`` was read for.
  var answered: ViewRequest?
  var trouble: Trouble?
  /// When it was last known that the queue is as the snapshot says.
  var confirmedAt = Duration.zero
  /// Whether the reading side has said nothing for too long.
  var isSilent = false
  /// What is wanted next.
  var request = ViewRequest()
  var page = Page.lists
  /// The page that a job's page leads back to.
  var listPage = Page.lists
  var queueTable = TableState<QueueSort, String>(sort: .name)
  var workerTable = TableState<WorkerSort, WorkerID>(sort: .worker)
  var scheduleTable = TableState<ScheduleSort, String>(sort: .name)
  var overlay: Overlay?
  var pane = Pane.jobs
  var workerSelection = Selection<WorkerID>()
  var lists: [JobTab: JobList] = [:]
  var notice: Notice?
  /// Nil: where there is room for it.
  var wantsDetails: Bool?
  var showsAllColumns = false
  /// How far texts are moved to the left.
  var shift = 0
  var usesMouse = false
  /// The background that its user chose for the colours; nil for that of the terminal.
  var background: Background?
  var terminalBackground = Background.dark
  /// While an item of the menu is carried out: what the menu was opened for.
  var frozenTargets: [Job]?
  var frozenWorker: WorkerView?
  var frozenQueue: QueueLine?
  var frozenSchedule: ScheduleLine?
  /// The sort of each tab that isn't shown.
  var sorts: [JobTab: JobSort] = [:]

  init(_ setup: Setup, now: Moment) {
    self.setup = setup
    self.now = now
  }

  // MARK: What is shown

  var layout: Layout {
    Layout(size, workers: isOnTable ? nil : workers.count, wantsDetails: wantsDetails)
  }

  /// The counts of the queue that is shown alone, or of all.
  var summary: QueueSummary {
    guard let all = snapshot?.summary else { return QueueSummary() }
    return request.queue.map { QueueSummary(counts: [$0: all.counts[$0] ?? [:]]) } ?? all
  }

  var workers: [WorkerView] { snapshot?.workers ?? [] }

  /// What became of the last action, for a user who quits before it was shown.
  var unseenResult: String? {
    guard isLeaving else { return nil }
    if openActions == 0 { return notice?.text }
    return progress.map { "left while \($0.text)" } ?? "left before all was done"
  }

  /// The jobs of the list; empty until they are read. The previous ones stay while a filter is
  /// typed, because no key is about them then.
  var jobs: [Job] {
    let isTyping = if case .filter = overlay { answered?.tab == request.tab } else { false }
    return isAwaitingRows && !isTyping ? [] : snapshot?.list.jobs ?? []
  }

  /// Whether the rows that are to be shown haven't been read yet.
  var isAwaitingRows: Bool { answered.map { !$0.lists(theSameAs: request) } ?? true }

  /// Whether the next key is about rows that are yet to come: what is typed into a filter isn't.
  var keysAwaitRows: Bool {
    guard overlay == nil else { return false }
    return switch page {
    case .queues: snapshot?.queues == nil
    case .schedules: snapshot?.schedules == nil
    case .occurrences: snapshot?.occurrences == nil
    case .lists, .detail, .groups, .workers: isAwaitingRows
    }
  }

  /// Which queues users have paused; nil for none.
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

  /// How many jobs there are of the tab, whatever the filter.
  var tabCount: Int { count(of: request.tab) }

  func count(of tab: JobTab) -> Int { snapshot?.count(of: tab, queue: request.queue) ?? 0 }

  /// How old what is shown is, once that is more than it should be.
  var staleness: Duration? {
    guard snapshot != nil, trouble != nil || isSilent else { return nil }
    return max(.zero, now.uptime - confirmedAt)
  }
}

extension MonitorState {
  /// As the command line and the kept choices have it.
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
  /// What the command line chose of it.
  init(_ options: Monitor.Options) {
    self.init(
      host: options.host, database: options.database, origin: options.origin,
      isReadOnly: options.isReadOnly)
  }
}
