public import QueueCore

/// The queue in an SQLite file, shared by any number of processes on one machine. Each change is
/// one `BEGIN IMMEDIATE` transaction, synced after the lock is released. The next heartbeat syncs a
/// worker's claims and finishes, unless ``syncsClaims`` is set.
public final class SQLiteJobStore: JobStore {
  let connection: Connection
  let databaseID: String
  var ids: JobIDSource
  var queueClock: QueueClock?
  let checkpointer: Checkpointer
  /// The number of old-version workers ordered to stop when this store migrated the queue.
  public let dismissedWorkers: Int
  /// Called when stored jobs are visible to other processes, before they are synced.
  public var onEnqueue: () -> Void = {}
  private var seenVersion = 0
  var settledTotals = SettledTotals()

  /// How long a change waits for other writers.
  public var busyTimeout: BusyTimeout {
    get { connection.busyTimeout }
    set { connection.busyTimeout = newValue }
  }

  /// Whether claims and finishes are synced: `durability` when last read. Otherwise a power loss,
  /// but no crash of a process, may undo those of the last few seconds.
  public internal(set) var syncsClaims = false

  /// Opens the queue at `path`. Creates a missing one if `creating` is set, else returns nil.
  /// - Parameter line: the writer queue's directory, created if missing; nil for none.
  /// - Throws: if the file isn't a queue, or is damaged or too new; it isn't changed.
  public static func open(
    _ path: String, creating: Bool, line: String? = nil, ids: JobIDSource = JobIDSource()
  ) throws(StoreError) -> SQLiteJobStore? {
    if try !DatabaseFile.isThere(path) {
      Draft.clearAway(beside: path)
      guard creating else { return nil }
      try DatabaseFile.create(at: path)
    }
    return try SQLiteJobStore(try Connection(path: path, line: line), ids: ids)
  }

  /// Creates an empty queue in memory, private to this process.
  public static func transient() throws(StoreError) -> SQLiteJobStore {
    let connection = try Connection(path: ":memory:", isPrivate: true)
    try DatabaseFile.fill(connection)
    return try SQLiteJobStore(connection, ids: JobIDSource())
  }

  init(_ connection: Connection, ids: JobIDSource) throws(StoreError) {
    self.connection = connection
    self.ids = ids
    let path = connection.path
    dismissedWorkers = try Schema.prepare(connection)
    guard
      let id = try connection.first(
        "SELECT value FROM meta WHERE key = 'database_id'", read: { row in row.text(0) })
    else { throw StoreError.damaged(path, "it has no id") }
    databaseID = id
    checkpointer = Checkpointer(for: connection)
    seenVersion = try dataVersion()
  }

  /// Compares the data version <https://sqlite.org/pragma.html#pragma_data_version> to the last.
  public func hasChanged() throws(StoreError) -> Bool {
    let version = try dataVersion()
    defer { seenVersion = version }
    return version != seenVersion
  }

  /// Whether the file is no longer at its path. Costs one `stat`.
  public func hasMoved() -> Bool { connection.hasMoved() }

  private func dataVersion() throws(StoreError) -> Int {
    try connection.first("PRAGMA data_version") { row in row.int(0) } ?? 0
  }

  // MARK: - Writing

  /// Runs a change. It is synced when this returns, unless `syncing` is false.
  func change<Result>(
    syncing: Bool = true, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try connection.typed { try changeRethrowing(syncing: syncing, body) }
  }

  /// Runs a worker's change, which is synced only if ``syncsClaims`` is set.
  func workerChange<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try change(syncing: syncsClaims, body)
  }

  /// Runs a change whose body may throw any error. Calls `seen` when other processes see it.
  func changeRethrowing<Result>(
    syncing: Bool = true, seen: () -> Void = {}, _ body: () throws -> Result
  ) throws -> Result {
    try connection.deferSyncs()
    let result: Result
    do {
      result = try connection.write(committed: checkpointer.committed, body)
    } catch {
      // The write may have fixed the queue clock; after the rollback another process fixes it.
      queueClock = nil
      throw error
    }
    seen()
    if syncing, !connection.syncLog() { try checkpointer.renewLog() }
    return result
  }
}
