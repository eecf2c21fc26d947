import QueueCore
import QueueOperations

/// The mouse, if enabled: clicks select rows and tabs, the wheel scrolls.
extension MonitorState {
  mutating func handle(_ mouse: Mouse, at place: Frame.Place) -> [Effect] {
    guard overlay == nil else { return [] }
    switch (mouse, page) {
    case (.wheelUp, _): move(.by(-Self.wheelStep))
    case (.wheelDown, _): move(.by(Self.wheelStep))
    case (.click, .lists): click(place)
    case (.click, .groups): clickGroup(place.row)
    case (.click, .queues), (.click, .workers), (.click, .schedules): clickTable(place)
    case (.click, .occurrences): clickOccurrence(place.row)
    case (.click, .detail): break
    }
    return []
  }

  private static let wheelStep = 3

  private mutating func click(_ place: Frame.Place) {
    let layout = layout
    if place.row == layout.tabRow { return clickTab(place.column) }
    let shown: [Pane] = layout.kind == .compact ? [pane] : [.jobs, .workers]
    guard let hit = shown.first(where: { layout.rows(of: $0).contains(place.row) }) else { return }
    let index = place.row - layout.rows(of: hit).lowerBound
    pane = hit
    switch hit {
    case .jobs: list.selection.move(to: list.selection.top + index, in: jobs.map(\.id))
    case .workers:
      workerSelection.move(to: workerSelection.top + index, in: workers.map(\.record.id))
    }
  }

  /// On a compact screen, a click on the worker counts beside the tabs shows the workers.
  private mutating func clickTab(_ column: Int) {
    let bar = TabBar(of: self, isCompact: layout.kind == .compact)
    if let place = bar.places.first(where: { $0.columns.contains(column) }) {
      show(place.tab)
    } else if !bar.lead.isEmpty, let first = bar.places.first, column < first.columns.lowerBound {
      (page, pane) = (.lists, .workers)
    }
  }

  private mutating func clickTable(_ place: Frame.Place) {
    if place.row == layout.tabRow { return clickTab(place.column) }
    guard layout.tableRows.contains(place.row) else { return }
    let row = place.row - layout.tableRows.lowerBound
    if page == .queues {
      let selection = queueTable.selection
      queueTable.selection.move(to: selection.top + row, in: sortedQueues.map(\.name))
    } else if page == .schedules {
      let (top, names) = (scheduleTable.selection.top, sortedSchedules.map(\.schedule.name))
      scheduleTable.selection.move(to: top + row, in: names)
    } else {
      let selection = workerTable.selection
      workerTable.selection.move(to: selection.top + row, in: sortedWorkers.map(\.record.id))
    }
  }

  private mutating func clickOccurrence(_ row: Int) {
    guard layout.groups.contains(row), let top = occurrencesPage?.selection.top else { return }
    let ids = Array(shownOccurrences.indices)
    let index = top + row - layout.groups.lowerBound
    if ids.indices.contains(index) { occurrencesPage?.selection.move(to: index, in: ids) }
  }

  private mutating func clickGroup(_ row: Int) {
    guard layout.groups.contains(row), let top = groupSelection?.top else { return }
    let keys = groupKeys
    let index = top + row - layout.groups.lowerBound
    if keys.indices.contains(index) { groupSelection?.move(to: index, in: keys) }
  }
}
