import QueueCore
import QueueOperations

/// The position on a job's page.
struct DetailState: Equatable, Sendable {
  let job: JobID
  /// The run whose log is shown; nil to follow the latest one.
  var run: RunID?
  /// The description in place of runs and log; nil while those are shown.
  var description: Description?
  /// Whether the log fills the page.
  var isLogOnly = false
  /// The first visible place in the log; nil while following its end.
  var top: LogPlace?
  /// The rows left to scroll once the next window is read.
  var owed = 0
  /// Whether long lines wrap.
  var wraps = false
  /// The columns by which lines are scrolled to the left.
  var shift = 0
  /// The search text, highlighted in the log.
  var pattern = LogPattern("")
  /// The latest match.
  var found: LogPlace?
  /// The running search, and its progress in percent once it is reported.
  var search: LogSearch?
  var searched: Int?

  struct Description: Equatable, Sendable {
    /// The first visible row.
    var top = 0
    /// Whether it was opened from the lists, where it returns to.
    var isAlone: Bool
  }

  var isFollowing: Bool { top == nil }

  /// Scrolls long lines.
  mutating func move(columns: Int) { shift = max(0, min(shift + columns, Self.longestShift)) }

  /// Shifts lines so that the character is visible.
  mutating func reveal(_ scalar: Int, columns: Int) {
    if !(shift..<shift + max(1, columns)).contains(scalar) { shift = max(0, scalar - columns / 2) }
  }

  /// The limit of scrolling to the right.
  private static let longestShift = 1 << 16
}

extension MonitorState {
  /// The job of the page; nil until it is read.
  var detail: JobDetail? {
    guard let detail = snapshot?.detail, detail.job.id == detailPage?.job else { return nil }
    return detail
  }

  func detailLayout(_ page: DetailState) -> DetailLayout {
    DetailLayout(
      size, facts: detail.map { Fact.all(of: $0.job).count } ?? 0,
      runs: detail?.runs.count ?? 0, isLogOnly: page.isLogOnly)
  }
}
