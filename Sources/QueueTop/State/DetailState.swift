import QueueCore
import QueueOperations

/// Where its user is on the page of one job.
struct DetailState: Equatable, Sendable {
  let job: JobID
  /// The run whose log is shown; nil for the latest, whichever that is.
  var run: RunID?
  /// Whether the log has all the room.
  var isLogOnly = false
  /// The number of the first line that is shown; nil to follow the end.
  var top: Int?
  /// Whether long lines go on in the next row.
  var wraps = false
  /// How far lines are moved to the left.
  var shift = 0
  /// What was looked for in the log.
  var search = ""

  var isFollowing: Bool { top == nil }
}

/// How the page of one job is divided.
struct DetailLayout: Equatable, Sendable {
  /// What was asked for, and when what happened.
  private(set) var factRows = 0
  /// Runs, without title and headings.
  private(set) var runRows = 0
  /// The log, without its title.
  let logRows: Int

  /// - Parameters:
  ///   - facts: how many rows of them there are.
  ///   - runs: how many there are.
  init(_ size: Size, facts: Int, runs: Int, isLogOnly: Bool) {
    // The title of the page and of the log above, two lines below.
    let rest = size.height - 4
    if !isLogOnly, rest >= 4 {
      factRows = min(facts, max(1, rest / 3))
      if runs > 0, rest >= 9 { runRows = min(runs, max(1, rest / 4)) }
    }
    logRows = max(0, rest - factRows - (runRows > 0 ? runRows + 2 : 0))
  }
}

extension MonitorState {
  /// The job of the page; nil until it is read.
  var detail: JobDetail? {
    guard case .detail(let page) = page, let detail = snapshot?.detail, detail.job.id == page.job
    else { return nil }
    return detail
  }

  func detailLayout(_ page: DetailState) -> DetailLayout {
    DetailLayout(
      size, facts: detail.map { Renderer.factCount(of: $0.job) } ?? 0,
      runs: detail?.runs.count ?? 0, isLogOnly: page.isLogOnly)
  }
}
