import ArgumentParser
import QueueCore
import QueueSession

struct DatabaseOption: ParsableArguments {
  @Option(
    name: .customLong("db"),
    help: ArgumentHelp(
      "The queue's file, or a server: postgres://HOST/NAME. Default: $QUEUECTL_DB, else "
        + "~/.local/share/queuectl/queue.db.",
      valueName: "path"), completion: .file())
  var database: String?

  func openCreating() throws -> Session { try Session.creating(try location()).announced() }

  func openExisting() throws -> Session {
    let location = try location()
    guard let session = try Session(location, creating: false) else {
      throw Failure(noQueueAt: location)
    }
    return session.announced()
  }

  /// Opens the queue for reading. If the default one is missing, substitutes an empty queue; a
  /// missing explicit path is an error.
  func openReading() throws -> Session {
    let location = try location()
    if let session = try Session(location, creating: false) { return session.announced() }
    guard !location.isExplicit else { throw Failure(noQueueAt: location) }
    ErrorReport.note("no queue yet at \(location.shown): \"queuectl enqueue\" creates it")
    return try Session(emptyAt: location)
  }

  /// Opens the queue for reading, or an empty one in place of a missing one, without a note: for a
  /// command that may create it.
  func openReadingQuietly() throws -> Session {
    let location = try location()
    guard let session = try Session(location, creating: false) else {
      return try Session(emptyAt: location)
    }
    return session.announced()
  }

  /// The time of the queue, which is the server's if it is on one.
  func now() throws -> Moment { try Session.clock(of: try location()).now() }

  func location() throws -> DatabaseLocation {
    try DatabaseLocation(flag: database)
  }
}

extension Failure {
  fileprivate init(noQueueAt location: DatabaseLocation) {
    self.init("no queue at \(location.shown): \"queuectl enqueue\" creates it")
  }
}

extension Session {
  /// Reports the workers dismissed by a migration, then returns the session.
  func announced() -> Session {
    if dismissedWorkers > 0 {
      ErrorReport.note(
        "the queue was migrated; \(dismissedWorkers, of: "worker") of an older queuectl exit after "
          + "the current job: start new ones, unless a service does")
    }
    return self
  }
}
