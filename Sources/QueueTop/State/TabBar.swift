import QueueCore
import QueueOperations

/// The line of the tabs: the text of each, and where it is.
struct TabBar: Equatable, Sendable {
  struct Place: Equatable, Sendable {
    let tab: JobTab
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
    let spacious = Self.places(from: start, gap: 1, of: state, isCompact: isCompact)
    let fits = spacious.allSatisfy { $0.columns.upperBound < state.size.width - 1 }
    places =
      fits || !isCompact
      ? spacious : Self.places(from: start, gap: 0, of: state, isCompact: isCompact)
  }

  private static func lead(of state: MonitorState) -> [String] {
    let lost = state.workers.count { $0.condition == .lost }
    let up = state.workers.isEmpty ? "W none" : "W \(state.workers.count - lost) up"
    return [
      " ", up, lost > 0 ? " \(lost) LOST" : "", state.pausedText == nil ? "" : " PAUSED", " │",
    ]
  }

  /// - Parameter gap: how many blanks more set apart a tab with a count on a compact screen.
  private static func places(
    from start: Int, gap: Int, of state: MonitorState, isCompact: Bool
  ) -> [Place] {
    var column = start
    return JobTab.allCases.map { tab in
      let isChosen = tab == state.request.tab
      let isCounted = !isCompact || isChosen || state.size.width >= 56 && tab != .completed
      let hasName = !isCompact || isChosen || isCounted && tab != .all
      let name = hasName ? " \(isCompact && !isChosen ? String(tab.name.prefix(2)) : tab.name)" : ""
      let count = isCounted && tab != .all ? " " + Format.short(state.count(of: tab)) : ""
      column += !isCompact || isChosen ? 1 : hasName && tab != .processing ? gap : 0
      let text = "\(tab.number)\(name)\(count)"
      let first = column
      column += 1 + text.count + (isChosen ? 1 : 0)
      return Place(tab: tab, text: text, columns: first..<column)
    }
  }
}
