import CSQLite
import Glibc
public import QueueCore

extension SQLiteJobStore: StoreMaintenance {
  /// SQLite's own check, the log's mode, the counters against the rows, and jobs that no worker would ever finish.
  public func findings(thorough: Bool) throws(StoreError) -> [Finding] {
    [
      try integrity(thorough: thorough), Self.libraryFinding, try journalMode(), try counters(),
      try orphans(),
    ]
  }

  /// A copy made by `VACUUM INTO`, which is a read transaction: nobody waits for it. It is made under another name and linked into place
  /// when it was found whole.
  /// It is a queue of its own, which shares nothing with this one: its runs are named otherwise, and it has no workers, whose processes
  /// work for this one. What they had in hand is put back in it.
  public func backUp(to path: String, at now: Moment) throws(StoreError) -> Int {
    guard try !DatabaseFile.exists(path) else {
      throw StoreError(.duplicate, "\(path) exists: choose another name, or remove it first")
    }
    return try DatabaseFile.makeComplete(path) { draft throws(StoreError) in
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

  /// Makes a copy a queue of its own.
  private static func detach(_ copy: Connection, at now: Moment) throws(StoreError) {
    let store = try SQLiteJobStore(copy, ids: JobIDSource())
    try copy.transaction { () throws(StoreError) in
      for worker in try store.workers() {
        try copy.run("UPDATE workers SET evicted = 1 WHERE id = ?", worker.id)
        _ = try store.releaseInTransaction(worker.id, maxCrashes: .max, at: now)
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

  /// Whether the SQLite in use may lose commits when a checkpoint meets one that starts the log again.
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
          ? " has the WAL-reset bug; queuectl keeps clear of it, other programs that write to this file may not"
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
