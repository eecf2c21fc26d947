import QueueCore

/// The tables and functions of a queue in PostgreSQL, as numbered migrations; released ones are
/// never edited. `@schema@` stands for the quoted name of the queue's schema, which must exist.
///
/// A job is in `jobs`, as asked, and in `work` while unfinished, else in `ended`. Nothing is
/// counted in place: changes are appended to `journal`, which is folded into `counts`, `credits`
/// and `rates`.
enum Schema {
  /// Migration n upgrades version n to n + 1.
  static let migrations = [
    ([tables] + functions).joined(separator: "\n"),
    [limits, frozen, versions].joined(separator: "\n"),
    ([tags] + functions).joined(separator: "\n"),
    ([wholeLogs] + functions).joined(separator: "\n"),
    functions.joined(separator: "\n"),
  ]

  /// The functions that the store calls. A name ends with the migration that made it, so that
  /// workers of the version before can end their runs after an upgrade. One that keeps its
  /// parameters keeps its name: the latest migration replaces all.
  static let functions = [
    bucket, lowerFloors, promote, releaseDependants, follow, endRun, step, evict, requeue, hold,
    connect, cancel, retry, edit, remove, fold, sweep, forgetQueues, adoptTimeline,
  ]

  /// SQL for ``Moment/following(_:)`` of `a_now`.
  static func following(_ last: String) -> String {
    "CASE WHEN \(last) BETWEEN a_now AND a_now + \(Moment.longestLead.milliseconds) "
      + "THEN \(last) ELSE a_now END"
  }
}
