public import QueueCore

/// The queue in an SQLite file, shared by any number of processes on one machine.
///
/// Every change is one `BEGIN IMMEDIATE` transaction. What commands change is on the disk when they
/// return; a worker's claims and finishes wait for the disk only if asked to (``syncsClaims``), and
/// are carried to it by its next heartbeat. Nobody holds a lock while he waits for the disk, so
/// that others commit meanwhile, and one sync does for what several have committed. A file per
/// subject has the statements: Enqueueing, Claiming, Finishing, Reclaiming, Workers, Looking,
/// Rates, DeadLetters, Configuration.
public final class SQLiteJobStore: JobStore {
  let connection: Connection
  /// The database's own id, the same for everyone who opens it.
  let databaseID: String
  var ids: JobIDSource
  var queueClock: QueueClock?
  let checkpointer: Checkpointer
  /// How many workers of an older version were told to leave when this one brought the queue up to
  /// date.
  public let dismissedWorkers: Int
  /// Called whenever jobs were stored and others see them, which is before they are on the disk:
  /// who waits for work needn't wait for that too.
  public var onEnqueue: () -> Void = {}
  private var seenVersion = 0

  /// How long a change waits for those of others.
  public var busyTimeout: BusyTimeout {
    get { connection.busyTimeout }
    set { connection.busyTimeout = newValue }
  }

  /// Whether claims and finishes wait for the disk: what `durability` was when the settings were
  /// last read. Otherwise a power loss, but no crash of processes, may undo those of the last few
  /// seconds.
  public internal(set) var syncsClaims = false

  /// Opens the queue at `path`, making it first if there is none and `creating` says so.
  /// - Parameters:
  ///   - line: a directory, made if need be, by which processes that write at the same time wait
  ///     for their turns; nil for no order among them.
  ///   - ids: makes the ids of jobs that come without one.
  /// - Returns: nil when there is none and none was made.
  /// - Throws: what is there can't be opened, isn't a queue, is damaged, or is newer than this
  ///   binary. It is left as it is then.
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

  /// An empty queue that nobody else sees and that ends with the process.
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
    else { throw StoreError(.corrupt, "\(path) is damaged: it has no id; restore a backup") }
    databaseID = id
    checkpointer = Checkpointer(for: connection)
    seenVersion = try dataVersion()
  }

  /// By SQLite's data version, which other connections' commits move.
  /// Source: <https://sqlite.org/pragma.html#pragma_data_version>
  public func hasChanged() throws(StoreError) -> Bool {
    let version = try dataVersion()
    defer { seenVersion = version }
    return version != seenVersion
  }

  /// One look at the file system.
  public func hasMoved() -> Bool { connection.hasMoved() }

  private func dataVersion() throws(StoreError) -> Int {
    try connection.first("PRAGMA data_version") { row in row.int(0) } ?? 0
  }

  // MARK: - Writing

  /// A change that is on the disk when this returns, unless `syncing` says that it needn't be.
  func change<Result>(
    syncing: Bool = true, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try connection.typed { try changeRethrowing(syncing: syncing, body) }
  }

  /// A worker's change, that needn't be on the disk yet.
  func workerChange<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try change(syncing: syncsClaims, body)
  }

  /// A change whose body may throw anything, see ``change(syncing:_:)``.
  /// - Parameter seen: called once others see the change.
  func changeRethrowing<Result>(
    syncing: Bool = true, seen: () -> Void = {}, _ body: () throws -> Result
  ) throws -> Result {
    try connection.deferSyncs()
    let result = try connection.inTurn { _ throws in
      let result = try connection.write(body)
      // In the same turn: in the next one somebody else is at work already, each time.
      checkpointer.committed()
      return result
    }
    seen()
    if syncing, !connection.syncLog() { try checkpointer.renewLog() }
    return result
  }
}
