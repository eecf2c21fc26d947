import ArgumentParser
import QueueCore
import QueueSession

/// What every command can be told.
struct DatabaseOption: ParsableArguments {
  @Option(
    name: .customLong("db"),
    help: ArgumentHelp(
      "The queue's database. Default: $QUEUECTL_DB, else ~/.local/share/queuectl/queue.db.",
      valueName: "path"), completion: .file())
  var database: String?

  /// The queue to change; made if there is none.
  func openCreating() throws -> Session { try Session.creating(try location()).announced() }

  /// The queue that must be there already.
  func openExisting() throws -> Session {
    let location = try location()
    guard let session = try Session(location, creating: false) else {
      throw Failure(noQueueAt: location)
    }
    return session.announced()
  }

  /// The queue to look at. Where there is none yet, an empty one and a note; but a path typed by
  /// hand must exist.
  func openReading() throws -> Session {
    let location = try location()
    if let session = try Session(location, creating: false) { return session.announced() }
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

extension Session {
  /// Itself, once it is said what opening it has changed.
  func announced() -> Session {
    if dismissedWorkers > 0 {
      ErrorReport.note(
        "the queue was brought up to date; \(dismissedWorkers, of: "worker") of an older queuectl "
          + "will finish and leave: start new ones, unless a service does")
    }
    return self
  }
}
