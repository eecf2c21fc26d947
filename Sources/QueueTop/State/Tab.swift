import QueueCore
import QueueOperations

/// The tabs below the header, in the order of the screen.
enum Tab: Hashable, Sendable {
  case jobs(JobTab)
  case queues, workers, schedules

  static let all: [Tab] = JobTab.allCases.map { .jobs($0) } + [.queues, .workers, .schedules]

  /// The key that shows it.
  var key: Key {
    switch self {
    case .jobs(.later): "0"
    case .jobs(.processing): "1"
    case .jobs(.pending): "2"
    case .jobs(.failed): "3"
    case .jobs(.dead): "4"
    case .jobs(.completed): "5"
    case .jobs(.all): "6"
    case .jobs(.cancelled): "c"
    case .queues: "7"
    case .workers: "8"
    case .schedules: "9"
    }
  }

  /// Its name in the tab line.
  var name: String {
    switch self {
    case .jobs(.later): "Later"
    case .jobs(.processing): "Proc"
    case .jobs(.pending): "Pend"
    case .jobs(.failed): "Fail"
    case .jobs(.dead): "DEAD"
    case .jobs(.completed): "Done"
    case .jobs(.all): "All"
    case .jobs(.cancelled): "Canc"
    case .queues: "Queues"
    case .workers: "Workers"
    case .schedules: "Sched"
    }
  }

  /// Its name for `top --tab`.
  var word: String {
    switch self {
    case .jobs(.later): "later"
    case .jobs(.all): "all"
    case .jobs(let tab): tab.state?.rawValue ?? ""
    case .queues: "queues"
    case .workers: "workers"
    case .schedules: "schedules"
    }
  }
}

extension MonitorState {
  /// The visible tab, or the tab to return to from the page.
  var tab: Tab {
    switch isOnTab ? page : listPage {
    case .queues: .queues
    case .workers: .workers
    case .schedules, .occurrences: .schedules
    case .lists, .detail, .groups: .jobs(request.tab)
    }
  }

  private var isOnTab: Bool {
    if case .occurrences = page { return true }
    return page == .lists || isOnTable
  }

  /// Whether the page is a table of queues, workers or schedules.
  var isOnTable: Bool { page == .queues || page == .workers || page == .schedules }

  mutating func show(_ tab: Tab) {
    switch tab {
    case .jobs(let tab): show(tab)
    case .queues: page = .queues
    case .workers: page = .workers
    case .schedules: page = .schedules
    }
    shift = 0
  }

  /// Shows the next or previous tab, wrapping around.
  mutating func stepTab(by step: Int) {
    let index = Tab.all.firstIndex(of: tab) ?? 0
    show(Tab.all[(index + step + Tab.all.count) % Tab.all.count])
  }
}
