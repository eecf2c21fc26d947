import ArgumentParser
import Glibc
import QueueCore
import QueueStoreSQLite
import QueueWorker

/// What every command can be told.
struct DatabaseOption: ParsableArguments {
  @Option(
    name: .customLong("db"),
    help: ArgumentHelp(
      "The queue's database. Default: $QUEUECTL_DB, else ~/.local/share/queuectl/queue.db.",
      valueName: "path"), completion: .file())
  var database: String?

  /// The queue to change; made if there is none.
  func openCreating() throws -> Session { try Session.creating(try location()) }

  /// The queue that must be there already.
  func openExisting() throws -> Session {
    let location = try location()
    guard let session = try Session(location, creating: false) else {
      throw Failure(noQueueAt: location)
    }
    return session
  }

  /// The queue to look at. Where there is none yet, an empty one and a note; but a path typed by hand must exist.
  func openReading() throws -> Session {
    let location = try location()
    if let session = try Session(location, creating: false) { return session }
    guard !location.isExplicit else { throw Failure(noQueueAt: location) }
    ErrorReport.note("no queue yet at \(location.path): \"queuectl enqueue\" makes one")
    return try Session(emptyAt: location)
  }

  /// Where the queue is, whether or not there is one.
  func location() throws -> DatabaseLocation {
    try DatabaseLocation(flag: database)
  }
}

extension Failure {
  fileprivate init(noQueueAt location: DatabaseLocation) {
    self.init("there is no queue at \(location.path): \"queuectl enqueue\" makes one")
  }
}

/// A queue and what belongs to it: the one place where the parts are put together.
struct Session {
  let store: any JobStore & StoreMaintenance
  let directory: QueueDirectory
  let clock = SystemClock()
  /// Whether there is no queue yet, which was said already.
  private(set) var isMissing = false
  /// Whether there was none before.
  private(set) var isNew = false

  /// Nil when there is no queue and none is to be made.
  init?(_ location: DatabaseLocation, creating: Bool) throws {
    directory = QueueDirectory(database: location.path)
    guard
      let store = try SQLiteJobStore.open(
        location.path, creating: creating, line: directory.path)
    else { return nil }
    if store.dismissedWorkers > 0 {
      ErrorReport.note(
        "the queue was brought up to date; \(store.dismissedWorkers, of: "worker") of an older "
          + "queuectl will finish and leave: start new ones, unless a service does")
    }
    store.whenJobsAreStored = { [directory] in Doorbell.ring(directory.doorbell) }
    self.store = store
  }

  /// A queue to change; made if there is none.
  static func creating(_ location: DatabaseLocation) throws -> Session {
    let isNew = access(location.path, F_OK) != 0 && errno == ENOENT
    guard var session = try Session(location, creating: true) else {
      throw Failure("no queue could be made at \(location.path)")
    }
    session.isNew = isNew
    return session
  }

  /// An empty queue that stands in for one that isn't there yet.
  init(emptyAt location: DatabaseLocation) throws {
    isMissing = true
    store = try SQLiteJobStore.transient()
    directory = QueueDirectory(database: location.path)
  }

  /// What jobs are run by.
  /// - Parameter lock: the worker's; nil where none is run.
  func runner(_ lock: WorkerLock? = nil) -> ProcessRunner {
    ProcessRunner(
      directory: directory, environment: ProcessEnvironment.current.entries, lock: lock)
  }

  /// How it is told that a worker is gone.
  func liveness() -> Liveness { directory.liveness() }

  /// How the jobs of workers that are gone come back; whoever waits for them hears of it.
  func reclaimer() -> Reclaimer {
    Reclaimer(
      store: store, runner: runner(), liveness: liveness(),
      forget: { [directory] in WorkerLock.forget($0, in: directory) }
    ) { job in
      if job.state.isUnfinished { ring() } else { ringEnd() }
    }
  }

  /// Whether there is a job of that very id.
  func has(_ id: JobID) throws -> Bool { try state(of: id) != nil }

  /// The state of the job of that id; nil for none.
  func state(of id: JobID) throws -> JobState? {
    do throws(StoreError) {
      let job = try store.job(id.text, at: clock.now())
      return job.id == id ? job.state : nil
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  /// Tells idle workers that there is work.
  func ring() { Doorbell.ring(directory.doorbell) }

  /// Tells those who wait for jobs to end that one has.
  func ringEnd() { Doorbell.ring(directory.endBell) }
}

extension QueueDirectory {
  /// How it is told that a worker of this queue is gone.
  func liveness() -> Liveness {
    Liveness(host: ThisMachine.hostName, namespaces: ThisMachine.namespaces) { process in
      WorkerLock.isHeld(by: process, in: self)
    } latestSign: { (process) throws(SystemError) in
      try WorkerLock.latestSign(of: process, in: self)
    }
  }
}
