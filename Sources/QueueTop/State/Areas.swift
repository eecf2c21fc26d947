/// Which rows of the screen have what.
struct Areas {
  var workers = 0..<0
  var jobs = 0..<0
  /// The row of the tabs.
  var tabs = -1

  init(layout: Layout, workers count: Int, pane: MonitorState.Pane) {
    switch layout.kind {
    case .full:
      let start = 4 + (count > 0 ? 2 : 1)
      workers = start..<(start + layout.workerRows)
      tabs = workers.upperBound
      jobs = (tabs + 2)..<(tabs + 2 + layout.jobRows)
    case .compact:
      tabs = 2
      let rows = 4..<(4 + layout.jobRows)
      if pane == .jobs { jobs = rows } else { workers = rows }
    case .counts, .tooSmall: break
    }
  }
}
