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

  /// Moves long lines.
  mutating func move(columns: Int) { shift = max(0, min(shift + columns, 4000)) }
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
