import Glibc
package import QueueCore
package import QueueHost
package import QueueStorePostgres
import Synchronization

/// The logs of a queue on a server: this host's own, and copies of other hosts' from the server.
package final class ServerLogs: LogShelf, Sendable {
  private let directory: QueueDirectory
  private let address: ServerAddress
  private let lock = Mutex(())
  // Used under the lock only. A connection of its own, because logs are read on several threads.
  nonisolated(unsafe) private var store: PostgresJobStore?
  /// The hosts of ended runs, whose copy has all that the server keeps.
  nonisolated(unsafe) private var complete: [RunID: String] = [:]
  /// Active runs, and when to ask for their output again, in uptime.
  nonisolated(unsafe) private var wanted: [RunID: Duration] = [:]
  nonisolated(unsafe) private var missing = MissingParts()

  /// An active run's output is sent for this long after it was asked for.
  private static let wantedTime = Duration.seconds(30)

  package init(_ address: ServerAddress, in directory: QueueDirectory) {
    self.address = address
    self.directory = directory
  }

  package func removeLogs(of runs: [RunID]) { directory.removeLogs(of: runs) }

  package func lastLine(of run: RunID) -> String? { directory.lastLine(of: run) }

  package func isElsewhere(_ run: RunID) -> Bool { access(directory.log(of: run), F_OK) != 0 }

  package func log(of run: RunID) -> String {
    guard isElsewhere(run) else { return directory.log(of: run) }
    lock.withLock { _ in
      // Without an answer, the copy stays as it is.
      if complete[run] == nil { try? refresh(run) }
    }
    return directory.copy(of: run)
  }

  package func origin(of run: RunID) -> String? {
    guard isElsewhere(run) else { return nil }
    return lock.withLock { _ in complete[run] }.map { "on the host \($0)" } ?? "on another host"
  }

  package func fetch(_ gap: Range<Int>, of run: RunID) -> LogFetch {
    guard isElsewhere(run) else { return .discarded(upTo: gap.upperBound) }
    return lock.withLock { _ in
      guard complete[run] != nil, let store = try? opened() else { return .unavailable }
      let copy = LogCopy(at: directory.copy(of: run))
      let now = ServerClock(store.time).now()
      return (try? missing.fetch(gap, of: run, into: copy, through: store, at: now)) ?? .unavailable
    }
  }

  private func opened() throws -> PostgresJobStore? {
    store = try store ?? PostgresJobStore.open(address, creating: false)
    return store
  }

  private func refresh(_ run: RunID) throws {
    guard let store = try opened() else { return }
    let now = ServerClock(store.time).now()
    let copy = LogCopy(at: directory.copy(of: run))
    if let kept = try store.keptOutput(of: run) {
      try directory.makeRoomForCopies(at: now.wall)
      try copy.write(kept.output)
      complete[run] = kept.host
      wanted[run] = nil
      return
    }
    if now.uptime >= wanted[run] ?? .zero {
      try store.wantOutput(of: run, for: Self.wantedTime, at: now)
      store.notifyOfWantedOutput()
      wanted[run] = now.uptime + Self.wantedTime / 3
    }
    let parts = try store.sentOutput(of: run, from: copy.size ?? 0)
    guard !parts.isEmpty else { return }
    try directory.makeRoomForCopies(at: now.wall)
    try copy.write(parts, size: nil)
  }
}
