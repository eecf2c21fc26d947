package import QueueCore

/// Stores the logs of a queue's runs.
package protocol LogShelf: Sendable {
  func removeLogs(of runs: [RunID])
  func lastLine(of run: RunID) -> String?
  func log(of run: RunID) -> String
}

extension QueueDirectory: LogShelf {}
