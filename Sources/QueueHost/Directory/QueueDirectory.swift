import CLinux
import Glibc
public import QueueCore

/// This host's files of a queue: doorbell, locks and logs. File names contain no user input.
public struct QueueDirectory: Sendable {
  /// The directory's path: `<database>.d`, or a directory of this host for a queue on a server.
  public let path: String
  /// The database's absolute path; nil for a queue on a server.
  public let database: String?
  /// Names the queue for `--db`: the path, or the server's address without a password.
  public let queue: String

  /// The directory of a database file.
  /// - Parameter database: an absolute path.
  public init(database: String) {
    path = database + ".d"
    self.database = database
    queue = database
  }

  /// The directory of a queue on a server.
  /// - Parameters:
  ///   - queue: the server's address without a password.
  ///   - path: an absolute path, the same for all processes of a user that use the queue.
  package init(of queue: String, at path: String) {
    self.path = path
    database = nil
    self.queue = queue
  }

  /// The file or directory whose owner runs the workers.
  package var anchor: String { database ?? path }

  /// Touched when a job becomes ready.
  public var doorbell: String { path + "/doorbell" }
  /// Touched when a job reaches a final state.
  public var endBell: String { path + "/ended" }
  /// The output of background workers.
  public var workerLog: String { path + "/workers.log" }

  /// The output of the `on-dead` command.
  public var noticeLog: String { path + "/on-dead.log" }

  package func lock(of process: ProcessIdentity) -> String {
    "\(locks)/\(process.pid)-\(process.startTicks).lock"
  }

  package func supervisorLock(of process: ProcessIdentity) -> String {
    "\(locks)/supervisor-\(process.pid)-\(process.startTicks).lock"
  }

  /// The name of a run of a queue on a server, whose directory bears the queue's id; nil for a
  /// file.
  package func runName(of run: RunID) -> String? {
    guard database == nil, let id = path.split(separator: "/").last else { return nil }
    return "\(id)-\(run)"
  }

  /// The log of a run; a log directory holds those of 1000 runs.
  public func log(of run: RunID) -> String { "\(logDirectory(of: run))/\(run).log" }

  package func logDirectory(of run: RunID) -> String { "\(logs)/\(run.number / Self.runsInFolder)" }

  package var locks: String { path + "/workers" }
  package var logs: String { path + "/logs" }

  /// Creates the missing directories, mode 0700.
  /// Log directories are spread over the disk because of ext4's inode search (docs/decisions.md).
  public func create() throws(SystemError) {
    try createPath()
    for directory in [locks, logs] { try Self.make(directory, likeTheOwnerOf: path) }
    _ = clinux_place_subdirectories_apart(logs)
    if database == nil { try makeID() }
  }

  /// Creates the directory itself.
  package func createPath() throws(SystemError) {
    if let database {
      try Self.make(path, likeTheOwnerOf: database)
    } else {
      try Self.makeAll(path)
    }
  }

  /// Creates a directory if missing; if root creates it, it gets the owner of `other`.
  package static func make(_ directory: String, likeTheOwnerOf other: String) throws(SystemError) {
    guard mkdir(directory, 0o700) == 0 else {
      guard errno == EEXIST else { throw Self.failure(toCreate: directory) }
      return
    }
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    clinux_own_like(descriptor, other)
    close(descriptor)
  }

  /// Creates a directory with all that it lies in.
  private static func makeAll(_ path: String) throws(SystemError) {
    var place = ""
    for name in path.split(separator: "/") {
      place += "/\(name)"
      guard mkdir(place, 0o700) == 0 || errno == EEXIST else {
        let failure = Self.failure(toCreate: place)
        // A directory above may be closed to us, and exist.
        if access(place, F_OK) == 0 { continue }
        throw failure
      }
    }
  }

  /// Names the directory above if that is closed: this one may exist.
  private static func failure(toCreate directory: String) -> SystemError {
    let code = errno
    let parent = directory.lastIndex(of: "/").map { String(directory[..<$0]) } ?? ""
    let missing = MissingRights(to: parent.isEmpty ? "/" : parent, W_OK | X_OK)
    return SystemError(
      "create the directory \(directory)" + (missing.map { " (\($0))" } ?? ""), code: code)
  }

  package func makeLogDirectory(of run: RunID) throws(SystemError) {
    try Self.make(logDirectory(of: run), likeTheOwnerOf: logs)
  }
}
