import Glibc
package import QueueCore
package import QueueHost
package import QueueOperations
import QueueStoreSQLite

/// An open queue with its directory and clock. Only this type chooses a store.
package struct Session {
  /// The queue's jobs, workers and settings.
  package let store: any JobStore & StoreMaintenance
  /// The directory beside the database.
  package let directory: QueueDirectory
  /// The machine's clocks.
  package let clock = SystemClock()
  /// Whether an empty queue stands in for a missing one.
  package private(set) var isMissing = false
  /// Whether opening the queue created it.
  package private(set) var isNew = false
  /// The number of workers of an older version that exit because the queue was migrated.
  package let dismissedWorkers: Int

  /// Opens a queue; nil if it is missing and `creating` is false.
  package init?(_ location: DatabaseLocation, creating: Bool) throws(StoreError) {
    directory = QueueDirectory(database: location.path)
    guard
      let store = try SQLiteJobStore.open(
        location.path, creating: creating, line: directory.path)
    else { return nil }
    dismissedWorkers = store.dismissedWorkers
    store.onEnqueue = { [bell = FileBell(directory)] in bell.ring(.work) }
    self.store = store
  }

  /// Opens a queue for changes, creating it if missing.
  package static func creating(_ location: DatabaseLocation) throws -> Session {
    let isNew = access(location.path, F_OK) != 0 && errno == ENOENT
    guard var session = try Session(location, creating: true) else {
      throw Failure("can't create a queue at \(location.path)")
    }
    session.isNew = isNew
    return session
  }

  /// Opens an empty queue in place of a missing one.
  package init(emptyAt location: DatabaseLocation) throws(StoreError) {
    isMissing = true
    dismissedWorkers = 0
    store = try SQLiteJobStore.transient()
    directory = QueueDirectory(database: location.path)
  }

  /// The store's libraries and their versions.
  package static var libraries: String { "SQLite \(SQLiteJobStore.libraryVersion)" }

  /// Notifies processes that wait for the queue.
  package var bell: any Bell { FileBell(directory) }

  /// The zone files of this machine, or of `$TZDIR`.
  package var zones: ZoneFiles { ZoneFiles(directory: ProcessEnvironment.current["TZDIR"]) }

  /// The users' operations on the queue.
  package var actions: QueueActions {
    QueueActions(store: store, bell: bell, logs: directory)
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
