import CSQLite
import Glibc
public import QueueCore

extension SQLiteJobStore: StoreMaintenance {
  /// SQLite's own check, the log's mode, the counters against the rows, and jobs that no worker
  /// would ever finish.
  public func findings(thorough: Bool) throws(StoreError) -> [Finding] {
    [
      try integrity(thorough: thorough), Self.libraryFinding, try journalMode(), try counters(),
      try orphans(),
    ] + syncs() + drafts()
  }

  /// A copy made by `VACUUM INTO`, which is a read transaction: nobody waits for it. It is made
  /// under another name and linked into place when it was found whole. It is a queue of its own,
  /// which shares nothing with this one: its runs are named otherwise, and it has no workers, whose
  /// processes work for this one. What they had in hand is put back in it.
  public func backUp(to path: String, at now: Moment) throws(StoreError) -> Int {
    guard try !DatabaseFile.exists(path) else {
      throw StoreError(.duplicate, "\(path) exists: choose another name, or remove it first")
    }
    return try makeBackup(at: path) { draft throws(StoreError) in
      do throws(StoreError) {
        try connection.run("VACUUM INTO ?", draft)
      } catch {
        // Only the copy is written, whichever of the two files SQLite's message names.
        throw StoreError(
          error.code, "can't write \(draft): \(error.message)", cause: error.cause)
      }
      let copy = try Connection(path: draft, isPrivate: true)
      let damage = try Self.damage(in: copy, "PRAGMA integrity_check(10)")
      guard damage.isEmpty else {
        throw StoreError(
          .corrupt, "the copy is damaged (\(damage[0])): \"queuectl doctor\" tells more")
      }
      try Self.detach(copy, at: now)
      try copy.execute("PRAGMA journal_mode = WAL")
      return try copy.first("SELECT count(*) FROM jobs") { row in row.int(0) } ?? 0
    }
  }

  /// A backup that may not be on the disk is none.
  private func makeBackup(
    at path: String, _ fill: (_ draft: String) throws(StoreError) -> Int
  ) throws(StoreError) -> Int {
    do {
      return try DatabaseFile.makeComplete(path, fill)
    } catch {
      if error.code == .undurable { for suffix in ["", "-unsynced"] { unlink(path + suffix) } }
      throw error
    }
  }

  /// Makes a copy a queue of its own.
  private static func detach(_ copy: Connection, at now: Moment) throws(StoreError) {
    let store = try SQLiteJobStore(copy, ids: JobIDSource())
    try copy.transaction { () throws(StoreError) in
      for worker in try store.workers() {
        try copy.run("UPDATE workers SET evicted = 1 WHERE id = ?", worker.id)
        _ = try store.requeueInTransaction(worker.id, maxCrashes: .max, at: now)
      }
      try copy.run(
        "UPDATE meta SET value = lower(hex(randomblob(6))) WHERE key = 'database_id'")
    }
  }

  /// By the version in the file's header, which whoever migrates it raises.
  public func isOutdated() throws(StoreError) -> Bool { try Schema.isOutdated(connection) }

  private func integrity(thorough: Bool) throws(StoreError) -> Finding {
    let damage = try Self.damage(
      in: connection, thorough ? "PRAGMA integrity_check(10)" : "PRAGMA quick_check(10)")
    guard let first = damage.first else {
      return Finding(.ok, "database", "\(connection.path) is sound")
    }
    // A page that the system failed to read isn't a damaged one.
    if damage.allSatisfy(Self.isFailedCall) {
      return Finding(
        .problem, "database", "\(connection.path) can't be read: \(first)",
        advice:
          "the disk or its file system fails (see dmesg); the queue may be sound: run this again")
    }
    return Finding(
      .problem, "database", "\(connection.path) is damaged: \(first)",
      advice:
        "stop the workers, move it aside with its -wal and -shm, and put a backup in its place")
  }

  private static func damage(
    in connection: Connection, _ check: StaticString
  ) throws(StoreError) -> [String] {
    try connection.all(check) { row in row.text(0) }.filter { $0 != "ok" }
  }

  /// Whether a line of SQLite's check is about a page that couldn't be read: `… page. error
  /// code=266`.
  private static func isFailedCall(_ line: String) -> Bool {
    guard let equals = line.lastIndex(of: "="), line[..<equals].hasSuffix("error code"),
      let code = Int32(line[line.index(after: equals)...])
    else { return false }
    return code & 0xFF == SQLITE_IOERR
  }

  /// Nothing where there is nothing to say.
  private func syncs() -> [Finding] {
    guard SyncMark(beside: connection.path).isLeft else { return [] }
    return [
      Finding(
        .problem, "syncs", "the disk failed to keep some of the log",
        advice:
          "look at the disk (dmesg); the next change writes the log anew before it is acknowledged")
    ]
  }

  /// Nothing where there are none.
  private func drafts() -> [Finding] {
    let drafts = Draft.abandoned(beside: connection.path)
    guard let first = drafts.first else { return [] }
    return [
      Finding(
        .note, "drafts",
        "\(drafts.count) unfinished by commands that were killed, such as \(first)",
        advice: "the next \"queuectl backup\" into that directory removes them")
    ]
  }

  /// Whether the SQLite in use may lose commits when a checkpoint meets one that starts the log
  /// again.
  /// Source: <https://sqlite.org/wal.html#walresetbug>
  static var hasWALResetBug: Bool {
    (3_007_000..<3_051_003).contains(Int(sqlite3_libversion_number()))
  }

  /// The version of the SQLite in use.
  public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

  private static var libraryFinding: Finding {
    Finding(
      .ok, "SQLite",
      libraryVersion
        + (hasWALResetBug
          ? " has the WAL-reset bug; queuectl keeps clear of it, other programs that write to this "
            + "file may not"
          : " is free of the WAL-reset bug"))
  }

  private func journalMode() throws(StoreError) -> Finding {
    let mode = try connection.first("PRAGMA journal_mode") { row in row.text(0) } ?? ""
    guard mode == "wal" else {
      return Finding(
        .problem, "log", "the journal mode is \(mode), not wal: somebody has changed it",
        advice: "stop the workers and run: sqlite3 \(connection.path) 'PRAGMA journal_mode=wal'")
    }
    return Finding(.ok, "log", "write-ahead")
  }

  private func counters() throws(StoreError) -> Finding {
    let wrong = try connection.first(
      """
      SELECT count(*) FROM (
        SELECT queue, state, count(*) AS jobs FROM jobs WHERE state <> 'processing'
        GROUP BY queue, state
        EXCEPT SELECT queue, state, jobs FROM counts)
      """
    ) { row in row.int(0) }
    let superfluous = try connection.first(
      """
      SELECT count(*) FROM (
        SELECT queue, state, jobs FROM counts WHERE jobs > 0
        EXCEPT SELECT queue, state, count(*) FROM jobs GROUP BY queue, state)
      """
    ) { row in row.int(0) }
    guard wrong == 0, superfluous == 0 else {
      return Finding(
        .problem, "counters", "they don't agree with the jobs: somebody has changed the tables",
        advice: "restore a backup, or count anew")
    }
    return Finding(.ok, "counters", "agree with the jobs")
  }

  private func orphans() throws(StoreError) -> Finding {
    let count =
      try connection.first(
        """
        SELECT count(*) FROM jobs j JOIN runs r ON r.id = j.run
        WHERE j.state = 'processing' AND NOT EXISTS (SELECT 1 FROM workers WHERE id = r.worker)
        """
      ) { row in row.int(0) } ?? 0
    guard count == 0 else {
      return Finding(
        .problem, "jobs", "\(count) are processing under a worker that isn't known",
        advice: "somebody has changed the tables: restore a backup")
    }
    return Finding(.ok, "jobs", "every job that is processing has a worker")
  }
}
