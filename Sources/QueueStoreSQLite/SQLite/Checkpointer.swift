import QueueCore

/// Keeps the write-ahead log small without ever meeting SQLite's WAL-reset bug.
///
/// The bug (<https://sqlite.org/wal.html#walresetbug>) needs a checkpoint that overlaps a commit
/// which restarts the log. Here no commit can happen meanwhile: one connection holds the write lock
/// while another one of the same process copies the log's pages into the database. The log's file
/// is used again from its start; it is never cut or deleted, as a synced commit into existing space
/// is cheaper.
final class Checkpointer {
  /// The log's length, in pages, at which it is copied while no workers are there. Whoever opens
  /// the database alone reads the whole log first: 1 ms a megabyte.
  static let aloneLimit = 400 << 10 / DatabaseFile.pageSize
  /// The same while workers are there: nobody is alone then, and copying rarely is cheaper.
  static let workingLimit = 4000 << 10 / DatabaseFile.pageSize

  /// Only the torture test turns this on, to have some connections do nothing but write.
  var isDisabled = false
  private let writer: Connection
  private var copier: Connection?
  private var nextAt = Checkpointer.aloneLimit

  init(for writer: Connection) {
    self.writer = writer
  }

  /// Called after each commit. Never fails: what was committed stands, and a caller that heard of
  /// an error would take it for undone, as a worker would that never learns of the job it was
  /// given.
  func committed() {
    let pages = writer.walPages
    if pages < Self.aloneLimit { nextAt = Self.aloneLimit }
    guard pages >= nextAt, !isDisabled else { return }
    do throws(StoreError) {
      let limit = try hasWorkers() ? Self.workingLimit : Self.aloneLimit
      // If readers hold the log back, it isn't tried again after each commit but after as many
      // pages more.
      nextAt = pages < limit ? limit : pages + limit
      if pages >= limit { try checkpoint() }
    } catch {
      // The log grows on, and is copied when it can be. A disk that is full or damaged shows at the
      // next commit.
      nextAt = pages + Self.aloneLimit
    }
  }

  /// Has the next commit weigh the log's length anew: a worker has left.
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

  /// Makes all that was committed durable after a sync of the log that failed, see ``SyncMark``:
  /// copies it into the database, syncs that, and starts the log again, over the hole that it may
  /// have on the disk.
  /// - Throws: `undurable`; the next change tries again.
  func renewLog() throws(StoreError) {
    let mark = SyncMark(beside: writer.path)
    // More than once, as each descriptor that was open then reports the failure one time more.
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
      // A failure that came meanwhile is another one.
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
      // It was opened by its path: if another file is there by now, that isn't the one whose lock
      // we have.
      hasMoved = writer.hasMoved() || copier.hasMoved()
      if !hasMoved { isWhole = copier.checkpointPassively() }
    }
    if hasMoved { self.copier = nil }
    return hasMoved ? .moved : !isHeld ? .busy : isWhole ? .whole : .part
  }

  /// Makes the log start again. It does so with the first commit after all of it was copied, if the
  /// process that copied it is still there: how far it was copied isn't kept in any file. Without
  /// this, commands that come and go one by one would lengthen the log for ever.
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
    // A connection that has read nothing doesn't know yet that there is a log, and would copy none
    // of it.
    _ = try opened.first("SELECT count(*) FROM sqlite_schema") { row in row.int(0) }
    copier = opened
    return opened
  }
}
