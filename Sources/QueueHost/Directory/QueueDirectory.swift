import CLinux
import Glibc
public import QueueCore

/// The directory `<database>.d`: doorbell, locks and logs. File names contain no user input.
public struct QueueDirectory: Sendable {
  /// The database's absolute path.
  public let database: String

  /// - Parameter database: an absolute path.
  public init(database: String) {
    self.database = database
  }

  /// The directory's path.
  public var path: String { database + ".d" }
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

  /// The log of a run; a log directory holds those of 1000 runs.
  public func log(of run: RunID) -> String { "\(logDirectory(of: run))/\(run).log" }

  package func logDirectory(of run: RunID) -> String { "\(logs)/\(run.number / Self.runsInFolder)" }

  package var locks: String { path + "/workers" }
  package var logs: String { path + "/logs" }

  /// Creates the missing directories, mode 0700.
  /// Log directories are spread over the disk because of ext4's inode search (docs/decisions.md).
  public func create() throws(SystemError) {
    try Self.make(path, likeTheOwnerOf: database)
    for directory in [locks, logs] { try Self.make(directory, likeTheOwnerOf: path) }
    _ = clinux_place_subdirectories_apart(logs)
  }

  /// Creates a directory if missing; if root creates it, it gets the owner of `other`.
  package static func make(_ directory: String, likeTheOwnerOf other: String) throws(SystemError) {
    guard mkdir(directory, 0o700) == 0 else {
      guard errno == EEXIST else { throw SystemError("create the directory \(directory)") }
      return
    }
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    clinux_own_like(descriptor, other)
    close(descriptor)
  }

  package func makeLogDirectory(of run: RunID) throws(SystemError) {
    try Self.make(logDirectory(of: run), likeTheOwnerOf: logs)
  }
}
