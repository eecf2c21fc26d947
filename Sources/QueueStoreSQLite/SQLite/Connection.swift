import CSQLite
import Glibc
import QueueCore
import QueueHost

/// One connection to an SQLite file, set up the way every connection of ours must be.
///
/// SQLite before 3.51.3 can lose commits when a checkpoint meets a restart of the write-ahead log
/// (<https://sqlite.org/wal.html#walresetbug>). Therefore no connection ever checkpoints by itself,
/// neither after a commit nor when it closes; ``Checkpointer`` does it under the write lock.
/// Belongs to one thread.
final class Connection {
  let path: String
  private let handle: OpaquePointer
  private let state = State()
  private var cached: [UnsafePointer<UInt8>: Statement] = [:]
  private var insertions: [RowInsertion: Statement] = [:]
  private var commitsSync = true
  private let lineDirectory: String?
  /// The file that was opened; nil for one that is private.
  private let identity: FileIdentity?
  /// Where writers wait for their turn; nil where there is no line.
  private lazy var line = lineDirectory.flatMap { WriterQueue(at: $0, beside: path) }
  /// What came of standing in line for what is being done; nil for nothing.
  private var turn: WriterQueue.Turn?

  /// What SQLite's callbacks write to: it needs an address that stays.
  private final class State {
    var waitStarted = ContinuousClock.now
    var patience = BusyTimeout.usual.duration
    var walPages = 0
  }

  /// How long a write waits for others.
  var busyTimeout = BusyTimeout.usual
  /// How long to wait for a lock of SQLite's until it is asked for again, in microseconds.
  ///
  /// Constant, which is fair: with SQLite's own growing pause, whoever waited longest asks most
  /// rarely. Our own writers come one by one (``WriterQueue``), and find it taken by other programs
  /// only.
  private static let pause: UInt32 = 1000

  /// What is set once for the process.
  ///
  /// A statement that may fail half-way keeps what pages were before it. Once one of a transaction
  /// needed more than 64 KiB for that, SQLite would write to a file for all that come after it: in
  /// bulk, four pages a job.
  private static let setUp: Void = {
    // They fail once SQLite is in use, by other code of the process; all goes on as well, slower.
    _ = csqlite_keep_statement_journals_in_memory()
    _ = csqlite_count_no_memory()
  }()

  /// Opens an existing file.
  /// - Parameters:
  ///   - isPrivate: for one that nobody else can know of yet; it is made if need be.
  ///   - line: the directory by which writers wait for their turn, see ``WriterQueue``; nil for no
  ///     order among them.
  /// - Throws: `cannotOpen`, with what the system says.
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

  /// Pages in the write-ahead log after the last commit of this connection.
  var walPages: Int { state.walPages }

  /// Rows that the last statement inserted, updated or deleted by itself.
  var changes: Int { Int(sqlite3_changes(handle)) }

  /// The key of the last row inserted.
  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// The text of every statement that was run and kept.
  var keptStatements: [String] { (Array(cached.values) + insertions.values).map(\.sql) }

  /// Whether the file isn't found under its path any more. Never of a queue in memory.
  func hasMoved() -> Bool {
    var answer: Int32 = 0
    guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &answer) == SQLITE_OK,
      answer != 0
    else { return false }
    // SQLite answers so, too, when its look at the file fails.
    return identity?.hasLeft(path) ?? false
  }

  // MARK: - Statements

  /// Runs statements that give no rows and take no values.
  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code) }
  }

  /// Runs a statement for its effect.
  /// - Returns: the number of rows that it changed.
  @discardableResult
  func run<each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(StoreError) -> Int {
    let statement = try kept(sql)
    defer { statement.reset() }
    statement.bind(repeat each values)
    if try step(statement) { throw StoreError(.other, "a statement gave rows unasked: \(sql)") }
    return changes
  }

  /// Stores rows with one statement.
  /// - Parameter bind: binds the values of each row in turn, at the parameter whose number it is
  ///   given.
  /// - Returns: the number of rows that were stored.
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

  /// The first row of a query, read by `read`; nil when there is none.
  func first<Result, each Value: SQLValue>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (Statement) throws(StoreError) -> Result
  ) throws(StoreError) -> Result? {
    let statement = try kept(sql)
    defer { statement.reset() }
    statement.bind(repeat each values)
    return try step(statement) ? try read(statement) : nil
  }

  /// All rows of a query, read by `read`.
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

  /// All rows of a query whose text is made for the occasion; it isn't kept.
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

  /// Runs `body` as one write that happens whole or not at all. Waits for other writers.
  func write<Result>(_ body: () throws -> Result) throws -> Result {
    // Whose turn didn't come in time asks for SQLite's lock all the same, once: somebody may stand
    // in line who does nothing.
    try inTurn { _ throws in try unit("BEGIN IMMEDIATE", body) }
  }

  /// Runs `body` as one write of our own, see ``write(_:)``.
  func transaction<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try typed { try write(body) }
  }

  /// Runs `body` on one state of the database, whatever others commit meanwhile.
  func read<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    try typed { try unit("BEGIN", body) }
  }

  /// Takes the write lock for `body`, changes nothing, and gives it back.
  /// - Parameter limit: how long to wait for it.
  /// - Returns: false when it was taken for longer.
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

  /// Runs `body`, in which something is written, when it is our turn, or won't be in time. Writes
  /// in it are part of the same turn.
  /// - Parameter patience: what is left of it is for SQLite's own lock.
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

  /// Has commits from here on not wait for the disk: whoever needs to calls ``syncLog()``.
  func deferSyncs() throws(StoreError) {
    guard commitsSync else { return }
    try run("PRAGMA synchronous = NORMAL")
    commitsSync = false
  }

  /// Waits until all that was committed so far, by any process, is on the disk. Holds no lock.
  /// - Returns: false when that failed, now or since the log was last written anew, see
  ///   ``SyncMark``.
  func syncLog() -> Bool {
    // A database in memory has none.
    guard let file = logFile, let sync = file.pointee.pMethods?.pointee.xSync else { return true }
    return sync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK && !SyncMark(beside: path).isLeft
  }

  /// What the log's header has that is another one each time the log starts anew; nil if it can't
  /// be read. Source: <https://sqlite.org/fileformat2.html#the_write_ahead_log>
  var logSalt: UInt64? {
    var salt: UInt64 = 0
    guard let file = logFile, let read = file.pointee.pMethods?.pointee.xRead,
      read(file, &salt, Int32(MemoryLayout.size(ofValue: salt)), 16) == SQLITE_OK
    else { return nil }
    return salt
  }

  /// Copies what it can of the log into the database, which is synced. Only under the write lock:
  /// see ``Checkpointer``.
  /// - Returns: whether all of it was copied. Readers may hold the rest; it is copied the next
  ///   time.
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

  /// Runs what throws only ``StoreError``, though the compiler can't tell.
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
    // After some errors, such as a full disk, SQLite has rolled back by itself.
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
