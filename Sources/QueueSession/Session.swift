import Glibc
package import QueueCore
package import QueueHost
package import QueueOperations
import QueueStorePostgres
import QueueStoreSQLite

/// An open queue with this host's files and clock. Only this type chooses a store.
package struct Session {
  /// The queue's jobs, workers and settings.
  package let store: any JobStore & StoreMaintenance
  /// Where the queue is.
  package let location: DatabaseLocation
  /// This host's files of the queue.
  package let directory: QueueDirectory
  /// The machine's uptime, and the wall clock of the machine or the server.
  package let clock: any Clock
  /// Notifies processes that wait for the queue.
  package let bell: any Bell
  /// The logs of the runs.
  package let logs: any LogShelf
  /// Receives notifications of other hosts, with a function for remarks; nil for a file.
  private let makeRelay: ((@escaping (String) -> Void) throws(StoreError) -> any HostRelay)?
  /// Whether an empty queue stands in for a missing one.
  package private(set) var isMissing = false
  /// Whether opening the queue created it.
  package let isNew: Bool
  /// The number of workers of an older version that exit because the queue was migrated.
  package let dismissedWorkers: Int

  /// Opens a queue; nil if it is missing and `creating` is false.
  package init?(_ location: DatabaseLocation, creating: Bool) throws(StoreError) {
    self.location = location
    switch location.place {
    case .file(let path):
      let directory = QueueDirectory(database: path)
      let isNew = creating && access(path, F_OK) != 0 && errno == ENOENT
      guard
        let store = try SQLiteJobStore.open(path, creating: creating, line: directory.path)
      else { return nil }
      let bell = FileBell(directory)
      store.onEnqueue = { bell.ring(.work) }
      (self.store, self.directory, self.bell, self.isNew) = (store, directory, bell, isNew)
      (logs, makeRelay) = (directory, nil)
      clock = SystemClock()
      dismissedWorkers = store.dismissedWorkers
    case .server(let address):
      guard let store = try Self.store(at: address, creating: creating) else { return nil }
      let directory = QueueDirectory(
        of: address.hasPassword ? address.shown : address.text,
        at: try HostState.directory(ofQueue: store.databaseID))
      let bell = ServerBell(store, directory)
      store.onEnqueue = { [unowned bell] in bell.ring(.work) }
      (self.store, self.bell, self.directory) = (store, bell, directory)
      logs = ServerLogs(address, in: directory)
      makeRelay = { note throws(StoreError) in
        ServerRelay(
          try ServerListener(address, through: store), store, directory, note: note)
      }
      clock = ServerClock(store.time)
      isNew = store.isNew
      dismissedWorkers = store.dismissedWorkers
    }
  }

  /// Opens a queue for changes, creating it if missing.
  package static func creating(_ location: DatabaseLocation) throws -> Session {
    guard let session = try Session(location, creating: true) else {
      throw Failure("can't create a queue at \(location.shown)")
    }
    return session
  }

  /// Opens an empty queue in place of a missing one.
  package init(emptyAt location: DatabaseLocation) throws(StoreError) {
    self.location = location
    isMissing = true
    isNew = false
    dismissedWorkers = 0
    store = try SQLiteJobStore.transient()
    // Nothing is created there.
    directory = QueueDirectory(database: location.path ?? "/nonexistent")
    (logs, makeRelay) = (directory, nil)
    clock = SystemClock()
    bell = FileBell(directory)
  }

  /// The clock of a queue that needn't exist. A server's is known once the server has answered; the
  /// next session takes the connection over.
  package static func clock(of location: DatabaseLocation) throws(StoreError) -> any Clock {
    guard case .server(let address) = location.place,
      let store = try PostgresJobStore.open(address, creating: false)
    else { return SystemClock() }
    early = (address, store)
    return ServerClock(store.time)
  }

  /// Commands have one thread when they ask for the clock.
  nonisolated(unsafe) private static var early: (address: ServerAddress, store: PostgresJobStore)?

  private static func store(
    at address: ServerAddress, creating: Bool
  ) throws(StoreError) -> PostgresJobStore? {
    guard let early, early.address == address else {
      return try PostgresJobStore.open(address, creating: creating)
    }
    self.early = nil
    return early.store
  }

  /// This host's files of a queue; opens a queue on a server to find them.
  /// - Throws: `cannotOpen` for a server that can't be reached, or has no such queue.
  package static func directory(
    of location: DatabaseLocation
  ) throws(StoreError) -> QueueDirectory {
    if let path = location.path { return QueueDirectory(database: path) }
    guard let session = try Session(location, creating: false) else {
      throw StoreError(.cannotOpen, "no queue at \(location.shown)")
    }
    return session.directory
  }

  /// The store's libraries and their versions.
  package static var libraries: String { "SQLite \(SQLiteJobStore.libraryVersion)" }

  /// Returns a receiver of other hosts' notifications; nil for a file, which has none.
  /// - Parameter note: receives remarks for the log.
  package func relay(note: @escaping (String) -> Void) throws(StoreError) -> (any HostRelay)? {
    try makeRelay?(note)
  }

  /// The zone files of this machine, or of `$TZDIR`.
  package var zones: ZoneFiles { ZoneFiles(directory: ProcessEnvironment.current["TZDIR"]) }

  /// The users' operations on the queue.
  package var actions: QueueActions {
    QueueActions(store: store, bell: bell, logs: logs)
  }

  /// Whether a job has exactly this id.
  package func has(_ id: JobID) throws(StoreError) -> Bool { try state(of: id) != nil }

  /// Returns the state of the job with exactly this id; nil if missing.
  package func state(of id: JobID) throws(StoreError) -> JobState? {
    do throws(StoreError) {
      let job = try store.job(id.text, at: clock.now())
      return job.id == id ? job.state : nil
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}
