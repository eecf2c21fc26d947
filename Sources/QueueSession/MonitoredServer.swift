import QueueCore
import QueueHost
import QueueOperations
import Synchronization

/// A queue on a server for a monitor, which learns with the first answer where its files are.
final class MonitoredServer: Bell, LogShelf, Sendable {
  private let location: DatabaseLocation
  private let known = Mutex(Known())

  private struct Known: Sendable {
    var directory: QueueDirectory?
    var identity: QueueIdentity?
    var clock: any Clock = SystemClock()
    var bell: (any Bell)?
    var logs: (any LogShelf)?
  }

  init(_ location: DatabaseLocation) { self.location = location }

  /// This host's files; nil before the queue was opened.
  var directory: QueueDirectory? { known.withLock { $0.directory } }

  /// The queue that was opened last.
  var identity: QueueIdentity? { known.withLock { $0.identity } }

  func now() -> Moment { known.withLock { $0.clock }.now() }

  func open() throws(StoreError) -> (any JobStore)? {
    guard let session = try Session(location, creating: false) else { return nil }
    known.withLock { known in
      known.directory = session.directory
      known.identity = .server(session.directory.path)
      known.clock = session.clock
      known.bell = session.bell
      known.logs = session.logs
    }
    return session.store
  }

  func ring(_ tone: Tone) { known.withLock { $0.bell }?.ring(tone) }

  private var logs: (any LogShelf)? { known.withLock { $0.logs } }

  func removeLogs(of runs: [RunID]) { logs?.removeLogs(of: runs) }

  func lastLine(of run: RunID) -> String? { logs?.lastLine(of: run) }

  func log(of run: RunID) -> String { logs?.log(of: run) ?? "" }

  func origin(of run: RunID) -> String? { logs?.origin(of: run) }

  func fetch(_ gap: Range<Int>, of run: RunID) -> LogFetch {
    logs?.fetch(gap, of: run) ?? .unavailable
  }

  func isElsewhere(_ run: RunID) -> Bool { logs?.isElsewhere(run) ?? false }
}
