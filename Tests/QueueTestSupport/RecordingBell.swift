package import QueueCore
package import QueueHost
import Synchronization

/// Records all notifications.
package final class RecordingBell: Bell {
  private let rung = Mutex<[Tone]>([])

  package init() {}

  package func ring(_ tone: Tone) { rung.withLock { $0.append(tone) } }

  /// The notifications since the last call.
  package func take() -> [Tone] {
    rung.withLock { tones in
      defer { tones = [] }
      return tones
    }
  }
}

/// Records the removed logs, and has none.
package final class RecordingShelf: LogShelf {
  private let gone = Mutex<[RunID]>([])

  package init() {}

  package var removed: [RunID] { gone.withLock { $0 } }

  package func removeLogs(of runs: [RunID]) { gone.withLock { $0 += runs } }
  package func lastLine(of run: RunID) -> String? { nil }
  package func log(of run: RunID) -> String { "/nonexistent/\(run)" }
}
