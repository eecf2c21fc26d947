import QueueCore
import QueueOperations

/// The tabs of the jobs, and where each of them is.
extension Renderer {
  /// A line with tabs on it, and the columns that each takes.
  typealias TabBar = (line: Line, places: [(tab: JobTab, columns: Range<Int>)])

  /// The tabs, the chosen one in brackets.
  func tabs() -> Line { tabBar().line }

  /// Workers and tabs in one line, for narrow screens.
  func compactRule() -> Line { compactTabBar().line }

  /// The line that has the tabs at this size.
  func anyTabBar() -> TabBar { state.layout.kind == .compact ? compactTabBar() : tabBar() }

  private func tabBar() -> TabBar {
    tabBar { _ in
    } text: { tab in
      let count = tab == .all ? "" : " " + Figures.short(state.count(of: tab))
      return (" ", "\(tab.number) \(tab.name)\(count)")
    }
  }

  private func compactTabBar() -> TabBar {
    let spacious = compactTabBar(gap: " ")
    return spacious.places.last.map { $0.columns.upperBound < width - 1 } == true
      ? spacious : compactTabBar(gap: "")
  }

  /// - Parameter gap: what sets apart tabs with a count of their own, beside the blank.
  private func compactTabBar(gap: String) -> TabBar {
    tabBar { line in
      line.put(" ")
      if state.workers.isEmpty {
        line.put("W none", state.summary.unfinished() > 0 ? .alarm : .plain)
      } else {
        let lost = state.workers.count { $0.condition == .lost }
        line.put("W \(state.workers.count - lost) up", state.pane == .workers ? .strong : .plain)
        if lost > 0 { line.put(" \(lost) LOST", .alarm) }
      }
      if paused != nil { line.put(" PAUSED", .warning) }
      line.put(" │")
    } text: { tab in
      let isChosen = tab == state.look.tab
      let name = isChosen ? tab.name : String(tab.name.prefix(2))
      let isCounted = isChosen ? tab != .all : width >= 56 && tab != .all && tab != .completed
      let count = isCounted ? " " + Figures.short(state.count(of: tab)) : ""
      let text = isCounted || isChosen ? "\(tab.number) \(name)\(count)" : "\(tab.number)"
      return (isChosen ? " " : isCounted && tab != .processing ? gap : "", text)
    }
  }

  private func tabBar(
    _ start: (inout Line) -> Void, text: (JobTab) -> (gap: String, text: String)
  ) -> TabBar {
    var places: [(tab: JobTab, columns: Range<Int>)] = []
    let line = rule { line in
      start(&line)
      for tab in JobTab.allCases {
        let (gap, text) = text(tab)
        line.put(gap)
        let start = line.used
        put(tab, text, on: &line)
        places.append((tab, start..<line.used))
      }
      line.put(" ")
    }
    return (line, places)
  }

  private func put(_ tab: JobTab, _ text: String, on line: inout Line) {
    let isChosen = tab == state.look.tab
    let isAlarming = tab == .dead && state.count(of: .dead) > 0
    line.put(isChosen ? "[" : " ", isChosen ? .strong : .plain)
    line.put(text, isAlarming ? .alarm : isChosen ? .strong : .plain)
    line.put(isChosen ? "]" : "", .strong)
  }
}
