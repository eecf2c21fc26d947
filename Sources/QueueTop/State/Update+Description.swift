import QueueCore
import QueueOperations

/// The description on the page of one job, in place of its runs and its log.
extension MonitorState {
  /// Opens the job's page with its description.
  mutating func openDescription() {
    guard let job = jobToOpen else { return }
    openDetail(isLogOnly: false)
    page = .detail(DetailState(job: job, description: .init(isAlone: true)))
    request.explains = true
  }

  mutating func describe() {
    detailPage?.description = .init(isAlone: false)
    request.explains = true
  }

  /// Returns to where the description was opened: runs and log, or the lists.
  mutating func closeDescription() {
    request.explains = false
    if detailPage?.description?.isAlone == true { closeDetail() }
    detailPage?.description = nil
  }

  /// Switches from the description to the log.
  mutating func showLogOfDescribed() {
    request.explains = false
    detailPage?.description = nil
    detailPage?.isLogOnly = true
  }

  var descriptionLayout: DescriptionLayout? {
    detail.map {
      DescriptionLayout($0, at: now, offsetSeconds: snapshot?.utcOffsetSeconds ?? 0, size)
    }
  }

  mutating func scrollDescription(_ motion: CursorMove) {
    guard let layout = descriptionLayout, let top = detailPage?.description?.top else { return }
    let wanted =
      switch motion {
      case .by(let rows): layout.place(top) + rows
      case .toFirst: 0
      case .toLast: Int.max
      }
    detailPage?.description?.top = layout.place(wanted)
  }
}
