import CSQLite
import Glibc
public import QueueCore

extension SQLiteJobStore: StoreMaintenance {
  /// Checks SQLite's integrity, the WAL mode, the counters, orphaned jobs, schedules, failed
  /// syncs and drafts.
  public func findings(thorough: Bool) throws(StoreError) -> [Finding] {
    [
      try integrity(thorough: thorough), Self.libraryFinding, try journalMode(), try counters(),
      try orphans(),
    ] + (try scheduleProblems()) + syncs() + drafts()
  }

  /// Copies the queue with `VACUUM INTO`, which blocks no writer, and checks the copy. The copy has
  /// its own database id and no workers; their jobs are requeued.
  public func backUp(to path: String, at now: Moment) throws(StoreError) -> Int {
    guard try !DatabaseFile.exists(path) else {
      throw StoreError(.duplicate, "\(path) exists: choose another name, or remove it first")
    }
    return try makeBackup(at: path) { draft throws(StoreError) in
      do throws(StoreError) {
        try connection.run("VACUUM INTO ?", draft)
      } catch {
        // SQLite's message may name either file, but only the copy is written.
        throw StoreError(
          error.code, "can't write \(draft): \(error.message)", cause: error.cause)
      }
      let copy = try Connection(path: draft, isPrivate: true)
      let damage = try Self.damage(in: copy, "PRAGMA integrity_check(10)")
      guard damage.isEmpty else {
        throw StoreError(
          .corrupt, "the copy is damaged (\(damage[0])): see \"queuectl doctor\"")
      }
      try Self.detach(copy, at: now)
      try copy.execute("PRAGMA journal_mode = WAL")
      return try copy.first("SELECT count(*) FROM jobs") { row in row.int(0) } ?? 0
    }
  }

  /// Makes a backup, and removes it again if it may not be durable.
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

  /// Whether a newer binary has migrated the file.
  public func isOutdated() throws(StoreError) -> Bool { try Schema.isOutdated(connection) }

  private func integrity(thorough: Bool) throws(StoreError) -> Finding {
    let damage = try Self.damage(
      in: connection, thorough ? "PRAGMA integrity_check(10)" : "PRAGMA quick_check(10)")
    guard let first = damage.first else {
      return Finding(.ok, "database", "\(connection.path) is sound")
    }
    // A failed read doesn't mean a damaged page.
    if damage.allSatisfy(Self.isFailedCall) {
      return Finding(
        .problem, "database", "\(connection.path) can't be read: \(first)",
        advice:
          "check the disk (dmesg) and run this again; the database may be sound")
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

  /// Whether a line of SQLite's check reports a failed read: `… page. error code=266`.
  private static func isFailedCall(_ line: String) -> Bool {
    guard let equals = line.lastIndex(of: "="), line[..<equals].hasSuffix("error code"),
      let code = Int32(line[line.index(after: equals)...])
    else { return false }
    return code & 0xFF == SQLITE_IOERR
  }

  private func syncs() -> [Finding] {
    guard SyncMark(beside: connection.path).isLeft else { return [] }
    return [
      Finding(
        .problem, "syncs", "an fsync of the WAL failed",
        advice:
          "check the disk (dmesg); the next change rewrites the WAL before it is acknowledged")
    ]
  }

  private func drafts() -> [Finding] {
    let drafts = Draft.abandoned(beside: connection.path)
    guard let first = drafts.first else { return [] }
    return [
      Finding(
        .note, "drafts",
        "\(drafts.count) left behind by killed commands, such as \(first)",
        advice: "the next \"queuectl backup\" into that directory removes them")
    ]
  }

  /// Whether this SQLite has the bug described at <https://sqlite.org/wal.html#walresetbug>.
  static var hasWALResetBug: Bool {
    (3_007_000..<3_051_003).contains(Int(sqlite3_libversion_number()))
  }

  /// The version of this SQLite.
  public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

  private static var libraryFinding: Finding {
    Finding(
      .ok, "SQLite",
      libraryVersion
        + (hasWALResetBug
          ? " has the WAL-reset bug; queuectl avoids it, other programs that write to this file "
            + "may not"
          : " is free of the WAL-reset bug"))
  }

  private func journalMode() throws(StoreError) -> Finding {
    let mode = try connection.first("PRAGMA journal_mode") { row in row.text(0) } ?? ""
    guard mode == "wal" else {
      return Finding(
        .problem, "WAL", "the journal mode is \(mode), not wal: another program has changed it",
        advice: "stop the workers and run: sqlite3 \(connection.path) 'PRAGMA journal_mode=wal'")
    }
    return Finding(.ok, "WAL", "on")
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
        .problem, "counters", "they don't match the jobs: another program has changed the tables",
        advice: "restore a backup")
    }
    return Finding(.ok, "counters", "match the jobs")
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
        .problem, "jobs", "\(count) are processing under an unknown worker",
        advice: "another program has changed the tables: restore a backup")
    }
    return Finding(.ok, "jobs", "every processing job has a worker")
  }
}
