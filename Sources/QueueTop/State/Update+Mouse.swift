import QueueCore
import QueueOperations

/// What the mouse does, while it is wanted: it selects rows and tabs, and its wheel scrolls.
extension MonitorState {
  mutating func handle(_ mouse: Mouse, at place: Frame.Place) -> [Effect] {
    guard overlay == nil else { return [] }
    switch (mouse, page) {
    case (.wheelUp, .lists): moveCursor(.by(-Self.wheelStep))
    case (.wheelDown, .lists): moveCursor(.by(Self.wheelStep))
    case (.click, .lists): click(place)
    case (.wheelUp, _): for _ in 1...Self.wheelStep { _ = handleOnPage(.up) }
    case (.wheelDown, _): for _ in 1...Self.wheelStep { _ = handleOnPage(.down) }
    case (.click, .groups): clickGroup(place.row)
    case (.click, .detail): break
    }
    return []
  }

  private static let wheelStep = 3

  private mutating func click(_ place: Frame.Place) {
    let areas = Areas(layout: layout, workers: workers.count, pane: pane)
    if place.row == areas.tabs {
      clickTab(place.column)
    } else if let index = areas.jobs.firstIndex(of: place.row) {
      pane = .jobs
      list.selection.move(
        to: list.selection.top + index - areas.jobs.lowerBound, in: jobs.map(\.id))
    } else if let index = areas.workers.firstIndex(of: place.row) {
      pane = .workers
      workerSelection.move(
        to: workerSelection.top + index - areas.workers.lowerBound,
        in: workers.map(\.record.id))
    }
  }

  /// On a narrow screen what stands before the tabs are the workers.
  private mutating func clickTab(_ column: Int) {
    // Where they are doesn't depend on how the terminal draws.
    let places = Renderer(state: self, theme: .ascii).anyTabBar().places
    if let place = places.first(where: { $0.columns.contains(column) }) {
      show(place.tab)
    } else if layout.kind == .compact, let first = places.first, column < first.columns.lowerBound {
      pane = .workers
    }
  }

  private mutating func clickGroup(_ row: Int) {
    guard case .groups(var selection) = page else { return }
    let keys = (snapshot?.groups ?? []).map(\.key)
    let index = selection.top + row - Self.firstGroupRow
    guard row >= Self.firstGroupRow, keys.indices.contains(index) else { return }
    selection.move(to: index, in: keys)
    page = .groups(selection)
  }

  /// Above the groups are the title, their heading and those of the columns.
  private static let firstGroupRow = 3
}
