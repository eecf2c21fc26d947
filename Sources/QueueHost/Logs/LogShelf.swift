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
  /// Fetches output that ``log(of:)`` lacks, which is a hole in the file. Doesn't wait.
  func fetch(_ gap: Range<Int>, of run: RunID) -> LogFetch
}

/// The result of a request for the output in a hole.
package enum LogFetch: Equatable, Sendable {
  /// Output at the start of the hole is in the file now.
  case arrived
  /// The output up to there was discarded because of `log-max-size`.
  case discarded(upTo: Int)
  /// The request was sent: call again soon.
  case pending
  /// No host that can be reached has it.
  case unavailable
}

extension LogShelf {
  /// Returns false.
  package func isElsewhere(_ run: RunID) -> Bool { false }

  /// Returns nil.
  package func origin(of run: RunID) -> String? { nil }

  /// Returns `discarded`: the file itself has all output.
  package func fetch(_ gap: Range<Int>, of run: RunID) -> LogFetch {
    .discarded(upTo: gap.upperBound)
  }

  /// Fetches output, and repeats that while it is pending and `wait` returns true.
  package func fetch(
    _ gap: Range<Int>, of run: RunID, wait: () throws -> Bool
  ) rethrows -> LogFetch {
    while true {
      let result = fetch(gap, of: run)
      guard result == .pending, try wait() else { return result }
    }
  }
}

extension QueueDirectory: LogShelf {}
