package import QueueCore

/// Stores the logs of a queue's runs.
package protocol LogShelf: Sendable {
  func removeLogs(of runs: [RunID])
  func lastLine(of run: RunID) -> String?
  /// Returns the path of a run's log; on a server, of a copy if another host has the log. A call
  /// brings the copy up to date.
  func log(of run: RunID) -> String
  /// Whether only another host can have a run's log, so that its growth isn't noticed here.
  func isElsewhere(_ run: RunID) -> Bool
  /// Returns where the whole log is if ``log(of:)`` has made a copy; nil for the log itself.
  func origin(of run: RunID) -> String?
}

extension LogShelf {
  /// Returns false.
  package func isElsewhere(_ run: RunID) -> Bool { false }

  /// Returns nil.
  package func origin(of run: RunID) -> String? { nil }
}

extension QueueDirectory: LogShelf {}
