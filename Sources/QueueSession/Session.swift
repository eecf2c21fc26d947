import Glibc
package import QueueCore
package import QueueHost
package import QueueOperations
import QueueStoreSQLite

/// A queue and what belongs to it, opened by its name: the only place that picks a store.
package struct Session {
  /// Its jobs, workers and settings.
  package let store: any JobStore & StoreMaintenance
  /// What lies beside it on this machine.
  package let directory: QueueDirectory
  /// The machine's clocks.
  package let clock = SystemClock()
  /// Whether an empty queue stands in for one that doesn't exist yet.
  package private(set) var isMissing = false
  /// Whether it was made by being opened.
  package private(set) var isNew = false
  /// How many workers of an older version will leave, as the queue was brought up to date.
  package let dismissedWorkers: Int

  /// Nil when there is no queue and none is to be made.
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

  /// A queue to change; made if there is none.
  package static func creating(_ location: DatabaseLocation) throws -> Session {
    let isNew = access(location.path, F_OK) != 0 && errno == ENOENT
    guard var session = try Session(location, creating: true) else {
      throw Failure("no queue could be made at \(location.path)")
    }
    session.isNew = isNew
    return session
  }

  /// An empty queue that stands in for one that doesn't exist yet.
  package init(emptyAt location: DatabaseLocation) throws(StoreError) {
    isMissing = true
    dismissedWorkers = 0
    store = try SQLiteJobStore.transient()
    directory = QueueDirectory(database: location.path)
  }

  /// The libraries that stores are made with, and their versions.
  package static var libraries: String { "SQLite \(SQLiteJobStore.libraryVersion)" }

  /// Wakes those that wait for something in it.
  package var bell: any Bell { FileBell(directory) }

  /// What its users do to it.
  package var actions: QueueActions {
    QueueActions(store: store, bell: bell, logs: directory)
  }

  /// Whether there is a job of that very id.
  package func has(_ id: JobID) throws(StoreError) -> Bool { try state(of: id) != nil }

  /// The state of the job of that id; nil for none.
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
