import QueueCore

/// Keeps the write-ahead log small without ever meeting SQLite's WAL-reset bug.
///
/// The bug (<https://sqlite.org/wal.html#walresetbug>) needs a checkpoint that overlaps a commit which restarts the log. Here no commit can happen
/// meanwhile: one connection holds the write lock while another one of the same process copies the log's pages into the
/// database. The log's file is used again from its start; it is never cut or deleted, as a synced commit into existing space is cheaper.
final class Checkpointer {
  /// The log's length, in pages of 4 KiB, at which it is copied. A lone process that opens the database after a crash reads the whole log: 4 MB take it a few milliseconds.
  static let threshold = 1000

  private let writer: Connection
  private var copier: Connection?
  private var nextAt = Checkpointer.threshold

  init(for writer: Connection) {
    self.writer = writer
  }

  /// Called after each commit.
  func committed() throws(StoreError) {
    let pages = writer.walPages
    if pages < Self.threshold { nextAt = Self.threshold }
    guard pages >= nextAt else { return }
    // If readers hold the log back, it isn't tried again after each commit but after as many pages more.
    nextAt = pages + Self.threshold
    try checkpoint()
  }

  private func checkpoint() throws(StoreError) {
    let copier = if let copier { copier } else { try openCopier() }
    _ = try writer.holdingWriteLock { () throws(StoreError) in copier.checkpointPassively() }
  }

  private func openCopier() throws(StoreError) -> Connection {
    let opened = try Connection(path: writer.path)
    // A connection that has read nothing doesn't know yet that there is a log, and would copy none of it.
    _ = try opened.first("SELECT count(*) FROM sqlite_schema") { row in row.int(0) }
    copier = opened
    return opened
  }
}
