import QueueCore
import QueueOperations

/// The tabs, the chosen one in brackets.
extension Renderer {
  func tabs(isCompact: Bool = false) -> Line {
    let bar = TabBar(of: state, isCompact: isCompact)
    return rule { line in
      for (text, style) in zip(bar.lead, leadStyles) { line.put(text, style) }
      for place in bar.places {
        line.pad(to: place.columns.lowerBound)
        put(place.tab, place.text, on: &line)
      }
      line.put(" ")
    }
  }

  private var leadStyles: [Style] {
    let isMissed = state.workers.isEmpty && state.summary.unfinished() > 0
    let isChosen = state.page == .lists && state.pane == .workers && !state.workers.isEmpty
    return [.plain, isMissed ? .alarm : isChosen ? .strong : .plain, .alarm, .warning, .plain]
  }

  private func put(_ tab: Tab, _ text: String, on line: inout Line) {
    let isChosen = tab == state.tab
    let isAlarming = tab == .jobs(.dead) && state.count(of: .dead) > 0
    line.put(isChosen ? "[" : " ", isChosen ? .strong : .plain)
    line.put(text, isAlarming ? .alarm : isChosen ? .strong : .plain)
    line.put(isChosen ? "]" : "", .strong)
  }
}
