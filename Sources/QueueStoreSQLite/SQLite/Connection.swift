import CSQLite
import Glibc
import QueueCore
import QueueHost

/// An SQLite connection for one thread. Never checkpoints by itself, see ``Checkpointer``.
final class Connection {
  let path: String
  private let handle: OpaquePointer
  private let state = State()
  private var cached: [UnsafePointer<UInt8>: Statement] = [:]
  private var insertions: [RowInsertion: Statement] = [:]
  private var commitsSync = true
  private let lineDirectory: String?
  private let identity: FileIdentity?
  private lazy var line = lineDirectory.flatMap { WriterQueue(at: $0, beside: path) }
  private var turn: WriterQueue.Turn?

  /// State of SQLite's callbacks, at a stable address.
  private final class State {
    var waitStarted = ContinuousClock.now
    var patience = BusyTimeout.usual.duration
    var walPages = 0
  }

  var busyTimeout = BusyTimeout.usual
  /// In microseconds, between attempts to take SQLite's lock. Constant, because with SQLite's
  /// growing pause the longest waiter retries least often. Our own writers use ``WriterQueue``.
  private static let pause: UInt32 = 1000

  /// Set once per process. After a statement journal has grown to 64 KiB, SQLite would write the
  /// transaction's later ones to a file: four pages per job in bulk.
  private static let setUp: Void = {
    // Both fail if SQLite is in use already. Everything still works, but slower.
    _ = csqlite_keep_statement_journals_in_memory()
    _ = csqlite_count_no_memory()
  }()

  /// Opens an existing file. With `isPrivate`, creates one that no other process uses yet.
  /// - Parameter line: the directory of the ``WriterQueue``; nil for no writer queue.
  /// - Throws: `cannotOpen`, with the system's reason.
  init(path: String, isPrivate: Bool = false, line: String? = nil) throws(StoreError) {
    self.path = path
    lineDirectory = line
    _ = Self.setUp
    var opened: OpaquePointer?
    let creation = isPrivate ? SQLITE_OPEN_CREATE : 0
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | creation
    let code = sqlite3_open_v2(path, &opened, flags, FileLayer.name)
    guard let opened else { throw StoreError(.cannotOpen, "\(path): out of memory") }
    handle = opened
    let look = isPrivate ? .missing : FileIdentity.look(at: path)
    identity = if case .found(let identity, _) = look { identity } else { nil }
    guard code == SQLITE_OK, isPrivate || identity != nil else {
      let reason = sqlite3_system_errno(opened)
      defer { sqlite3_close_v2(opened) }
      throw StoreError(
        sqlite: code == SQLITE_OK ? SQLITE_CANTOPEN : code,
        message: String(cString: sqlite3_errmsg(opened)), reason: reason, path: path)
    }
    csqlite_distrust_file(handle)
    guard !isPrivate else { return }
    csqlite_disable_checkpoint_on_close(handle)
    sqlite3_wal_autocheckpoint(handle, 0)
    let context = Unmanaged.passUnretained(state).toOpaque()
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        guard let context else { return SQLITE_OK }
        Unmanaged<State>.fromOpaque(context).takeUnretainedValue().walPages = Int(pages)
        return SQLITE_OK
      }, context)
    sqlite3_busy_handler(
      handle,
      { context, tries in
        guard let context else { return 0 }
        let state = Unmanaged<State>.fromOpaque(context).takeUnretainedValue()
        if tries == 0 { state.waitStarted = .now }
        guard ContinuousClock.now - state.waitStarted < state.patience else { return 0 }
        usleep(Connection.pause)
        return 1
      }, context)
  }

  deinit {
    cached.values.forEach { $0.finalize() }
    insertions.values.forEach { $0.finalize() }
    sqlite3_close_v2(handle)
  }

  var walPages: Int { state.walPages }

  /// Rows that the last statement changed, without its triggers.
  var changes: Int { Int(sqlite3_changes(handle)) }

  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  var keptStatements: [String] { (Array(cached.values) + insertions.values).map(\.sql) }

  /// Whether the file is no longer at its path; false for a queue in memory.
  func hasMoved() -> Bool {
    var answer: Int32 = 0
    guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &answer) == SQLITE_OK,
      answer != 0
    else { return false }
    // SQLite also reports a move when its `stat` fails.
    return identity?.hasLeft(path) ?? false
  }

  // MARK: - Statements

  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code) }
  }

  @discardableResult
  func run<each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(StoreError) -> Int {
    let statement = try kept(sql)
    defer { statement.reset() }
    statement.bind(repeat each values)
    if try step(statement) { throw StoreError(.other, "a statement returned rows: \(sql)") }
    return changes
  }

  /// Inserts rows with one statement and returns how many were stored.
  /// - Parameter bind: binds a row's values from parameter `next` on.
  @discardableResult
  func run(
    _ insertion: RowInsertion, bind: (Statement, _ row: Int, _ next: inout Int32) -> Void
  ) throws(StoreError) -> Int {
    let statement = try kept(insertion)
    defer { statement.reset() }
    var next: Int32 = 1
    for row in 0..<insertion.rows { bind(statement, row, &next) }
    _ = try step(statement)
    return changes
  }

  func first<Result, each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (Statement) throws(StoreError) -> Result
  ) throws(StoreError) -> Result? {
    let statement = try kept(sql)
    defer { statement.reset() }
    statement.bind(repeat each values)
    return try step(statement) ? try read(statement) : nil
  }

  func all<Result, each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (Statement) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    let statement = try kept(sql)
    defer { statement.reset() }
    statement.bind(repeat each values)
    var results: [Result] = []
    while try step(statement) { results.append(try read(statement)) }
    return results
  }

  /// Returns all rows of a composed query. Its statement isn't cached.
  func all<Result>(
    composed sql: String, _ values: [any SQLValue],
    read: (Statement) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    let statement = try prepare(sql, flags: 0)
    defer { statement.finalize() }
    statement.bind(all: values)
    var results: [Result] = []
    while try step(statement) { results.append(try read(statement)) }
    return results
  }

  // MARK: - Transactions

  /// Runs `body` in a write transaction, after waiting for other writers.
  /// - Parameter committed: called in the same turn: after it, the next writer holds the lock.
  func write<Result>(
    committed: () -> Void = {}, _ body: () throws -> Result
  ) throws -> Result {
    // After a timeout in the writer queue, try SQLite's lock once: its head may be stuck.
    try inTurn { _ throws in
      let result = try unit("BEGIN IMMEDIATE", body)
      committed()
      return result
    }
  }

  func transaction<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try typed { try write(body) }
  }

  /// Runs `body` on one snapshot of the database, that of the caller if it has one.
  func read<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
    return try typed { try unit("BEGIN", body) }
  }

  /// Runs `body` under the write lock, then rolls back. Returns false if not free within `limit`.
  func holdingWriteLock(
    atMost limit: Duration = .zero, _ body: () throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    try inTurn(atMost: limit) { turn throws(StoreError) in
      guard turn != .notInTime else { return false }
      do throws(StoreError) {
        try run("BEGIN IMMEDIATE")
      } catch {
        if error.code == .busy { return false }
        throw error
      }
      defer { rollBack() }
      try body()
      return true
    }
  }

  /// Runs `body`, a write, in our turn or after a timeout. Nested calls share the turn.
  /// - Parameter limit: the longest wait for the turn, then for the lock; nil for ``busyTimeout``.
  func inTurn<Result, Failure: Error>(
    atMost limit: Duration? = nil, _ body: (WriterQueue.Turn) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let patience = limit ?? busyTimeout.duration
    let (outer, outerPatience) = (turn, state.patience)
    let current = outer ?? line?.enter(atMost: patience) ?? .noLine
    turn = current
    state.patience = current == .notInTime ? .zero : patience
    defer {
      (turn, state.patience) = (outer, outerPatience)
      if outer == nil && current == .ours { line?.leave() }
    }
    return try body(current)
  }

  /// Whether no other process is in the writer queue's turn; in a write, none has the lock.
  var excludesWriters: Bool { turn != .notInTime }

  func deferSyncs() throws(StoreError) {
    guard commitsSync else { return }
    try run("PRAGMA synchronous = NORMAL")
    commitsSync = false
  }

  /// Syncs the WAL, and so every commit so far, of any process. Holds no lock. Returns false if a
  /// sync has failed, now or since the last ``Checkpointer/renewLog()``.
  func syncLog() -> Bool {
    // A database in memory has no WAL.
    guard let file = logFile, let sync = file.pointee.pMethods?.pointee.xSync else { return true }
    return sync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK && !SyncMark(beside: path).isLeft
  }

  /// The WAL header's salt, new at each restart; nil if unreadable. Source:
  /// <https://sqlite.org/fileformat2.html#the_write_ahead_log>
  var logSalt: UInt64? {
    var salt: UInt64 = 0
    guard let file = logFile, let read = file.pointee.pMethods?.pointee.xRead,
      read(file, &salt, Int32(MemoryLayout.size(ofValue: salt)), 16) == SQLITE_OK
    else { return nil }
    return salt
  }

  /// Runs a passive checkpoint, which syncs the database. Only under the write lock, see
  /// ``Checkpointer``. Returns whether all of the WAL was copied; readers may block a part.
  @discardableResult
  func checkpointPassively() -> Bool {
    var (pages, copied): (Int32, Int32) = (0, 0)
    let code = sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied)
    return code == SQLITE_OK && pages == copied
  }

  // MARK: - Details

  private func unit<Result>(
    _ begin: StaticString, _ body: () throws -> Result
  ) throws -> Result {
    try run(begin)
    do {
      let result = try body()
      try commit()
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  private func commit() throws(StoreError) {
    guard !commitsSync else { return _ = try run("COMMIT") }
    try CommitFile.gathering(logFile) { () throws(StoreError) in _ = try run("COMMIT") }
  }

  private var logFile: UnsafeMutablePointer<sqlite3_file>? {
    var file: UnsafeMutablePointer<sqlite3_file>?
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
    return file
  }

  /// Runs a `body` that throws only ``StoreError``, which the compiler can't infer.
  func typed<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.other, "\(error)")
    }
  }

  private func rollBack() {
    // After some errors, such as a full disk, SQLite has already rolled back.
    if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
  }

  private func kept(_ sql: StaticString) throws(StoreError) -> Statement {
    if let statement = cached[sql.utf8Start] { return statement }
    let statement = try prepare("\(sql)", flags: UInt32(SQLITE_PREPARE_PERSISTENT))
    cached[sql.utf8Start] = statement
    return statement
  }

  private func kept(_ insertion: RowInsertion) throws(StoreError) -> Statement {
    if let statement = insertions[insertion] { return statement }
    let statement = try prepare(insertion.sql, flags: UInt32(SQLITE_PREPARE_PERSISTENT))
    insertions[insertion] = statement
    return statement
  }

  private func prepare(_ sql: String, flags: UInt32) throws(StoreError) -> Statement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, flags, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw error(code) }
    return Statement(prepared, sql: sql)
  }

  private func step(_ statement: Statement) throws(StoreError) -> Bool {
    switch statement.step() {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw error(code)
    }
  }

  private func error(_ code: Int32) -> StoreError {
    StoreError(
      sqlite: code, message: String(cString: sqlite3_errmsg(handle)),
      reason: sqlite3_system_errno(handle), path: path)
  }
}
