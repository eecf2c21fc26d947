import QueueCore
import QueueOperations

/// The texts and positions of the tabs in their line.
struct TabBar: Equatable, Sendable {
  struct Place: Equatable, Sendable {
    let tab: Tab
    let text: String
    /// Includes the bracket or blank on the left, and the chosen tab's bracket on the right.
    let columns: Range<Int>
  }

  /// The texts before the tabs on a compact screen: a blank, workers up, workers lost, PAUSED, and
  /// a separator.
  let lead: [String]
  let places: [Place]

  init(of state: MonitorState, isCompact: Bool) {
    let lead = isCompact ? Self.lead(of: state) : []
    self.lead = lead
    // The line begins with two columns of a rule.
    let start = 2 + lead.reduce(0) { $0 + $1.count }
    let room = state.size.width - 2
    let all = Detail.levels.map { Self.places(from: start, $0, of: state) }
    // If not all tabs fit, the chosen one must.
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

  /// The level of detail of tabs that aren't chosen.
  private struct Detail: Sendable {
    var name: Name
    /// Whether the tab shows its count.
    var isCounted: @Sendable (Tab) -> Bool
    /// Blanks between tabs, besides the one for the bracket.
    var gap: Int

    /// With `bare`, even the chosen tab has no name.
    enum Name { case full, brief, short, none, bare }

    static let levels: [Detail] = [
      Detail(name: .full, isCounted: { _ in true }, gap: 1),
      Detail(name: .full, isCounted: isUrgent, gap: 1),
      Detail(name: .full, isCounted: { $0 == .jobs(.dead) }, gap: 1),
      // Without gaps, counts beside keys would be hard to read: "1 Proc 2 2 Pend 38".
      Detail(name: .brief, isCounted: { $0 == .jobs(.dead) }, gap: 0),
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
      // The tab of cancelled jobs is only shown where there is room.
      if tab == .jobs(.cancelled), !isChosen, count ?? 0 == 0 || detail.name != .full { continue }
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
  /// Whether a count of 0 is shown.
  fileprivate var hasState: Bool {
    switch self {
    case .jobs(.later), .jobs(.all), .jobs(.cancelled), .queues, .workers, .schedules: false
    case .jobs(.processing), .jobs(.pending), .jobs(.failed), .jobs(.dead), .jobs(.completed): true
    }
  }
}

extension MonitorState {
  /// The count to show in a tab; nil for none.
  fileprivate func count(of tab: Tab) -> Int? {
    switch tab {
    case .jobs(.all): nil
    case .jobs(let tab): snapshot == nil ? nil : count(of: tab)
    case .queues, .schedules: nil
    case .workers: workers.count
    }
  }
}
