import CLinux
import Glibc
public import QueueCore

/// The directory beside a database that holds all that isn't in it: `<database>.d` with the
/// doorbell, the workers' locks, the logs.
///
/// Its files are named by numbers of ours, never by anything that a user typed.
public struct QueueDirectory: Sendable {
  /// The database, as an absolute path.
  public let database: String

  /// - Parameter database: the absolute path of the database.
  public init(database: String) {
    self.database = database
  }

  /// The directory itself.
  public var path: String { database + ".d" }
  /// Touched when work became ready.
  public var doorbell: String { path + "/doorbell" }
  /// Touched when a job has ended for good.
  public var endBell: String { path + "/ended" }
  /// What workers that run in the background print.
  public var workerLog: String { path + "/workers.log" }

  /// What the command of `on-dead` prints.
  public var noticeLog: String { path + "/on-dead.log" }

  /// The lock that a worker's process holds while it lives.
  package func lock(of process: ProcessIdentity) -> String {
    "\(locks)/\(process.pid)-\(process.startTicks).lock"
  }

  /// The lock that a supervisor holds while it lives.
  package func supervisorLock(of process: ProcessIdentity) -> String {
    "\(locks)/supervisor-\(process.pid)-\(process.startTicks).lock"
  }

  /// Where the output of a run goes: a thousand files a directory.
  public func log(of run: RunID) -> String { "\(logDirectory(of: run))/\(run).log" }

  package func logDirectory(of run: RunID) -> String { "\(logs)/\(run.number / Self.runsInFolder)" }

  package var locks: String { path + "/workers" }
  package var logs: String { path + "/logs" }

  /// Makes the directories that aren't there yet, for their owner only.
  ///
  /// Folders of logs are to lie apart on the disk: without a journal, ext4 passes over the inodes
  /// of files that were removed in the last minutes, one by one, when it makes a file near them,
  /// which takes ten times as long where old logs are being removed.
  /// - Throws: ``SystemError`` for what can't be made.
  public func create() throws(SystemError) {
    try Self.make(path, likeTheOwnerOf: database)
    for directory in [locks, logs] { try Self.make(directory, likeTheOwnerOf: path) }
    _ = clinux_place_subdirectories_apart(logs)
  }

  /// - Parameter other: whose owner it is to have if root makes it, as that one couldn't use it
  ///   otherwise.
  package static func make(_ directory: String, likeTheOwnerOf other: String) throws(SystemError) {
    guard mkdir(directory, 0o700) == 0 else {
      guard errno == EEXIST else { throw SystemError("make the directory \(directory)") }
      return
    }
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    clinux_own_like(descriptor, other)
    close(descriptor)
  }

  /// The directory of a run's log, if there is none yet.
  package func makeLogDirectory(of run: RunID) throws(SystemError) {
    try Self.make(logDirectory(of: run), likeTheOwnerOf: logs)
  }
}
