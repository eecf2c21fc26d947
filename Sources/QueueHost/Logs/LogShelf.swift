package import QueueCore

/// Where the output of a queue's runs is kept.
package protocol LogShelf: Sendable {
  /// Removes the output of runs that are gone.
  func removeLogs(of runs: [RunID])
  /// The last line that a run has written; nil when it wrote none, or its output is gone.
  func lastLine(of run: RunID) -> String?
  /// The file that has what a run wrote.
  func log(of run: RunID) -> String
}

extension QueueDirectory: LogShelf {}
