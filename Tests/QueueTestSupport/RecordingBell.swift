package import QueueCore
package import QueueHost
import Synchronization

/// Keeps what it was asked to ring.
package final class RecordingBell: Bell {
  private let rung = Mutex<[Tone]>([])

  package init() {}

  package func ring(_ tone: Tone) { rung.withLock { $0.append(tone) } }

  /// What was rung since this was last asked.
  package func take() -> [Tone] {
    rung.withLock { tones in
      defer { tones = [] }
      return tones
    }
  }
}

/// Keeps whose output it was asked to remove, and has none.
package final class RecordingShelf: LogShelf {
  private let gone = Mutex<[RunID]>([])

  package init() {}

  package var removed: [RunID] { gone.withLock { $0 } }

  package func removeLogs(of runs: [RunID]) { gone.withLock { $0 += runs } }
  package func lastLine(of run: RunID) -> String? { nil }
  package func log(of run: RunID) -> String { "/nonexistent/\(run)" }
}
