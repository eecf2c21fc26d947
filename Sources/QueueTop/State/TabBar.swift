import QueueCore
import QueueOperations

/// The line of the tabs: the text of each, and where it is.
struct TabBar: Equatable, Sendable {
  struct Place: Equatable, Sendable {
    let tab: Tab
    let text: String
    /// Includes the bracket or blank on its left, and the bracket on the right of the chosen one.
    let columns: Range<Int>
  }

  /// What a compact screen has before them: a blank, how many workers are up, how many are lost,
  /// whether a queue is paused, and the edge.
  let lead: [String]
  let places: [Place]

  init(of state: MonitorState, isCompact: Bool) {
    let lead = isCompact ? Self.lead(of: state) : []
    self.lead = lead
    // The line begins with two columns of rule.
    let start = 2 + lead.reduce(0) { $0 + $1.count }
    let room = state.size.width - 2
    let all = Detail.levels.map { Self.places(from: start, $0, of: state) }
    // Where not all tabs fit, the chosen one has to.
    places =
      all.first { places in places.allSatisfy { $0.columns.upperBound <= room } }
      ?? all.last { places in
        places.contains { $0.tab == state.tab && $0.columns.upperBound <= room }
          && places.contains { $0.tab == state.tab && $0.text.contains(" ") }
      } ?? all[all.count - 1]
  }

  private static func lead(of state: MonitorState) -> [String] {
    let lost = state.workers.count { $0.condition == .lost }
    let up = state.workers.isEmpty ? "W none" : "W \(state.workers.count - lost) up"
    return [
      " ", up, lost > 0 ? " \(lost) LOST" : "", state.pausedText == nil ? "" : " PAUSED", " │",
    ]
  }

  /// How much a tab that isn't chosen says.
  private struct Detail: Sendable {
    var name: Name
    /// Whether it has its count.
    var isCounted: @Sendable (Tab) -> Bool
    /// Blanks between tabs, besides the one for the bracket.
    var gap: Int

    /// Even the chosen tab has no name if all are bare.
    enum Name { case full, brief, short, none, bare }

    static let levels: [Detail] = [
      Detail(name: .full, isCounted: { _ in true }, gap: 1),
      Detail(name: .full, isCounted: isUrgent, gap: 1),
      Detail(name: .full, isCounted: { $0 == .jobs(.dead) }, gap: 1),
      Detail(name: .brief, isCounted: isUrgent, gap: 0),
      Detail(name: .brief, isCounted: { $0 == .jobs(.dead) }, gap: 0),
      Detail(name: .short, isCounted: isUrgent, gap: 0),
      Detail(name: .short, isCounted: { $0 == .jobs(.dead) }, gap: 0),
      Detail(name: .none, isCounted: { _ in false }, gap: 0),
      Detail(name: .bare, isCounted: { _ in false }, gap: 0),
    ]

    @Sendable private static func isUrgent(_ tab: Tab) -> Bool {
      switch tab {
      case .jobs(.pending), .jobs(.processing), .jobs(.failed), .jobs(.dead): true
      case .jobs(.later), .jobs(.completed), .jobs(.all), .jobs(.cancelled), .queues, .workers,
        .schedules:
        false
      }
    }

    func name(of tab: Tab) -> String {
      switch name {
      case .full: " " + tab.name
      case .brief: " " + (tab.name.count > 4 ? String(tab.name.prefix(3)) : tab.name)
      case .short: " " + tab.name.prefix(2)
      case .none, .bare: ""
      }
    }
  }

  private static func places(
    from start: Int, _ detail: Detail, of state: MonitorState
  ) -> [Place] {
    var column = start
    var places: [Place] = []
    for tab in Tab.all {
      let isChosen = tab == state.tab
      let count = state.count(of: tab)
      // Few look for cancelled jobs: their tab is there where it has room.
      if tab == .jobs(.cancelled), !isChosen, count == 0 || detail.name != .full { continue }
      let name = isChosen && detail.name != .bare ? " " + tab.name : detail.name(of: tab)
      let isCounted = count.map { $0 > 0 || tab.hasState } ?? false
      let isAlarming =
        (detail.name == .none || detail.name == .bare) && tab == .jobs(.dead) && !isChosen
        && count ?? 0 > 0
      let text =
        tab.key.name + (isAlarming ? "!" : name)
        + (isCounted && (isChosen && detail.name != .bare || detail.isCounted(tab))
          ? " \(Format.short(count ?? 0))" : "")
      let first = column + (places.isEmpty ? 0 : detail.gap)
      column = first + 1 + text.count + (isChosen ? 1 : 0)
      places.append(Place(tab: tab, text: text, columns: first..<column))
    }
    return places
  }
}

extension Tab {
  /// Whether even a count of 0 is told.
  fileprivate var hasState: Bool {
    switch self {
    case .jobs(.later), .jobs(.all), .jobs(.cancelled), .queues, .workers, .schedules: false
    case .jobs(.processing), .jobs(.pending), .jobs(.failed), .jobs(.dead), .jobs(.completed): true
    }
  }
}

extension MonitorState {
  /// How many rows a tab has; nil where that isn't told.
  fileprivate func count(of tab: Tab) -> Int? {
    switch tab {
    case .jobs(.all): nil
    case .jobs(let tab): count(of: tab)
    case .queues, .schedules: nil
    case .workers: workers.count
    }
  }
}
