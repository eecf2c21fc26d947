import QueueCore

/// Keeps the WAL small and avoids SQLite's WAL-reset bug <https://sqlite.org/wal.html#walresetbug>:
/// one connection holds the write lock while another checkpoints, so no commit can overlap. The WAL
/// is never truncated, because a synced commit into existing space is cheaper.
final class Checkpointer {
  /// In pages, without workers. A process that opens the database alone reads the WAL, 1 ms per MB.
  static let aloneLimit = 400 << 10 / DatabaseFile.pageSize
  /// In pages, with workers: they keep the database open, and rare checkpoints are cheaper.
  static let workingLimit = 4000 << 10 / DatabaseFile.pageSize

  /// Disables checkpoints. Only the torture test sets it, for connections that only write.
  var isDisabled = false
  private let writer: Connection
  private var copier: Connection?
  private var nextAt = Checkpointer.aloneLimit

  init(for writer: Connection) {
    self.writer = writer
  }

  /// Checkpoints a long WAL; called after each commit. Never throws: the commit has succeeded, and
  /// after an error a worker would lose track of the job it just claimed.
  func committed() {
    let pages = writer.walPages
    if pages < Self.aloneLimit { nextAt = Self.aloneLimit }
    guard pages >= nextAt, !isDisabled else { return }
    do throws(StoreError) {
      let limit = try hasWorkers() ? Self.workingLimit : Self.aloneLimit
      // If readers block the checkpoint, retry after `limit` more pages, not after each commit.
      nextAt = pages < limit ? limit : pages + limit
      if pages >= limit { try checkpoint() }
    } catch {
      // Retry when the WAL has grown. A full or damaged disk shows at the next commit.
      nextAt = pages + Self.aloneLimit
    }
  }

  /// Makes the next commit check the WAL's length again, because a worker has left.
  func reconsider() {
    nextAt = Self.aloneLimit
  }

  private func hasWorkers() throws(StoreError) -> Bool {
    try writer.first("SELECT 1 FROM workers LIMIT 1") { row in row.int(0) } != nil
  }

  func checkpoint() throws(StoreError) {
    switch try copyLog() {
    case .whole, .part: try restartLog()
    case .busy, .moved: break
    }
  }

  /// Makes all commits durable after a failed sync of the WAL, by checkpointing and restarting it.
  /// Throws `undurable`; the next change retries. See ``SyncMark``.
  func renewLog() throws(StoreError) {
    let mark = SyncMark(beside: writer.path)
    // Several tries, because each descriptor open at the failure reports it once more.
    for _ in 1...3 {
      let failures = mark.failures
      copier = nil
      do throws(StoreError) {
        guard try isRenewed() else { continue }
      } catch {
        if error.code == .busy { throw StoreError(undurable: writer.path) }
        continue
      }
      mark.remove(after: failures)
      // If this sync fails, it is a new failure.
      if writer.syncLog() { return }
    }
    throw StoreError(undurable: writer.path)
  }

  private func isRenewed() throws(StoreError) -> Bool {
    try writer.inTurn { _ throws(StoreError) in
      let salt = writer.logSalt
      guard try copyLog(atMost: writer.busyTimeout.duration) == .whole else { return false }
      try restartLog()
      return salt != nil && writer.logSalt != nil && writer.logSalt != salt
        && DatabaseFile.syncDirectory(DatabaseFile.directory(of: writer.path))
    }
  }

  private enum Copying {
    case whole, part, busy, moved
  }

  private func copyLog(atMost limit: Duration = .zero) throws(StoreError) -> Copying {
    let copier = if let copier { copier } else { try openCopier() }
    var hasMoved = false
    var isWhole = false
    let isHeld = try writer.holdingWriteLock(atMost: limit) { () throws(StoreError) in
      // The copier was opened by path. If the path has another file now, we don't hold its lock.
      hasMoved = writer.hasMoved() || copier.hasMoved()
      if !hasMoved { isWhole = copier.checkpointPassively() }
    }
    if hasMoved { self.copier = nil }
    return hasMoved ? .moved : !isHeld ? .busy : isWhole ? .whole : .part
  }

  /// Restarts the WAL with a small commit. Only the process that checkpointed all of it can, as
  /// progress isn't on disk; without it, a series of short commands would grow the WAL forever.
  private func restartLog() throws(StoreError) {
    try writer.transaction { () throws(StoreError) in
      _ = try writer.run(
        """
        INSERT INTO meta VALUES ('log_restarts', '1')
        ON CONFLICT (key) DO UPDATE SET value = value + 1
        """)
    }
    nextAt = writer.walPages < Self.aloneLimit ? Self.aloneLimit : nextAt
  }

  private func openCopier() throws(StoreError) -> Connection {
    let opened = try Connection(path: writer.path)
    // Before its first read, the connection doesn't use the WAL and would copy nothing.
    _ = try opened.first("SELECT count(*) FROM sqlite_schema") { row in row.int(0) }
    copier = opened
    return opened
  }
}
