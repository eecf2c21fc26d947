public import QueueCore

/// The queue in a schema of a PostgreSQL database, shared by workers and commands on any number of
/// hosts. Each change is one transaction that holds row locks; its answer means that it is durable.
public final class PostgresJobStore: JobStore {
  let connection: Connection
  /// The queue's id, which no other queue has.
  public let databaseID: String
  /// Whether opening the queue created it.
  public let isNew: Bool
  /// The server's wall clock.
  public var time: ServerTime { connection.clock }
  var ids: JobIDSource
  var queueClock: QueueClock?
  var requests = RequestNumbers()
  /// The worker's unanswered call; it is repeated before the next one.
  var unanswered: [WorkerID: UnansweredStep] = [:]
  /// The numbers of the queues that the transaction has locked.
  var transactionQueues: [String: Int64] = [:]
  /// The uptime of the last sweep.
  var sweptAt: Duration?
  /// The rows folded by this store since it vacuumed.
  var unvacuumed = 0
  /// The lease when it was last read.
  var lease = Settings().hostLease
  /// The number of old-version workers ordered to stop when this store migrated the queue.
  public let dismissedWorkers: Int
  /// Called when stored jobs are visible to other processes.
  public var onEnqueue: () -> Void = {}
  private var seenSnapshot: String

  /// How long a change waits for locks.
  public var busyTimeout: BusyTimeout {
    get { connection.busyTimeout }
    set { connection.busyTimeout = newValue }
  }

  /// Opens the queue at `address`. Creates a missing one if `creating` is set, else returns nil.
  /// - Throws: `cannotOpen` if libpq or the server is missing or too old, or refuses the login;
  ///   `newer` or `foreign` for a schema that isn't this version's, which is then unchanged.
  public static func open(
    _ address: ServerAddress, creating: Bool, ids: JobIDSource = JobIDSource()
  ) throws(StoreError) -> PostgresJobStore? {
    let connection = Connection(address, library: try Library.load())
    guard let queue = try Installation.open(connection, creating: creating) else { return nil }
    connection.databaseID = queue.facts.databaseID
    return PostgresJobStore(connection, queue, ids: ids)
  }

  private init(
    _ connection: Connection, _ queue: Installation, ids: JobIDSource
  ) {
    self.connection = connection
    self.ids = ids
    databaseID = queue.facts.databaseID
    isNew = queue.isNew
    dismissedWorkers = queue.dismissedWorkers
    seenSnapshot = queue.facts.snapshot
  }

  /// Whether any transaction on the server has ended since the last call: maybe one of another
  /// queue, or of this connection.
  public func hasChanged() throws(StoreError) -> Bool {
    let snapshot = try snapshot()
    defer { seenSnapshot = snapshot }
    return snapshot != seenSnapshot
  }

  /// Whether the queue was removed, or replaced by another.
  public func hasMoved() -> Bool { connection.isDisplaced }

  /// Whether a newer version has migrated the queue.
  public func isOutdated() throws(StoreError) -> Bool {
    try checkPlace()
    return try Installation.storedVersion(connection) > Installation.version
  }

  /// - Throws: `foreign` if another queue has replaced this one.
  func checkPlace() throws(StoreError) {
    if let id = try fact("database_id") { try connection.check(finds: id) }
  }

  private func snapshot() throws(StoreError) -> String {
    try connection.first("SELECT txid_current_snapshot()::text") { row in row.text(0) } ?? ""
  }

  // MARK: - Writing

  /// Runs a change, and repeats it after a transient failure.
  func change<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do throws(StoreError) {
      var isRepeated = false
      return try connection.write { () throws(StoreError) in
        // As below: the time that was fixed has been rolled back.
        if isRepeated { queueClock = nil }
        isRepeated = true
        transactionQueues = [:]
        return try body()
      }
    } catch {
      queueClock = nil
      throw error
    }
  }

  /// Runs a change once, whose body may throw any error. Calls `seen` when other processes see it.
  func changeRethrowing<Result>(
    seen: () -> Void = {}, _ body: () throws -> Result
  ) throws -> Result {
    do {
      transactionQueues = [:]
      let result = try connection.writeOnce(body)
      seen()
      return result
    } catch {
      // The change may have fixed the queue clock; after the rollback another process fixes it.
      queueClock = nil
      throw error
    }
  }

  /// The run's name, unique across databases.
  func runName(_ run: RunID) -> String { "\(databaseID)-\(run)" }
}
