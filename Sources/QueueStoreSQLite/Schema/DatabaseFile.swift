import CLinux
import Glibc
import QueueCore
import QueueHost

/// The file a queue lives in: whether it is there, and how it comes to be.
enum DatabaseFile {
  /// In bytes, of every file that is made. A commit writes whole pages, of which a worker's changes
  /// a few bytes each: with SQLite's 4096, a run wrote twice as much, and two workers ran an eighth
  /// fewer jobs (docs/decisions.md).
  static let pageSize = 2048

  /// Whether anything is at `path`.
  /// - Throws: `cannotOpen` when that can't be told, as behind a closed directory: it isn't the
  ///   same as nothing.
  static func exists(_ path: String) throws(StoreError) -> Bool {
    try look(at: path) != nil
  }

  /// Checks that the queue at `path` is reached by one name only: its log and its directory are
  /// named after it, so with two names it would have two logs, and each would overwrite what the
  /// other has acknowledged.
  /// - Returns: whether there is a queue.
  /// - Throws: `cannotOpen`.
  static func isThere(_ path: String) throws(StoreError) -> Bool {
    guard var place = try look(at: path) else { return false }
    if place.is_file != 0, place.names > 1 {
      Draft.removeNames(of: path)
      place = try look(at: path) ?? place
    }
    if place.is_file != 0, place.names > 1 {
      throw StoreError(
        .cannotOpen,
        "\(path) has \(place.names) names (hard links), and would have a log for each: remove the "
          + "others (find DIRECTORY -samefile \(path)), and copy it with: queuectl backup FILE")
    }
    if place.is_file != 0, place.is_mount_point != 0 {
      throw StoreError(
        .cannotOpen,
        "\(path) is mounted by itself, without the log beside it: mount the directory, not the file"
      )
    }
    return true
  }

  /// Nil for nothing.
  private static func look(at path: String) throws(StoreError) -> clinux_place? {
    switch FileIdentity.look(at: path) {
    case .found(_, let place): return place
    case .missing where errno == ENOENT: return nil
    case .missing, .unknown:
      let cause = errno
      throw failure("reach \(path)\(FileAccess.explain(path))", cause)
    }
  }

  /// Makes a complete, empty queue at `path`, with the directories above it. Of several processes
  /// that do this at once one wins, and the others use its file.
  static func create(at path: String) throws(StoreError) {
    try makeDirectory(directory(of: path))
    do throws(StoreError) {
      try makeComplete(path) { draft throws(StoreError) in
        let connection = try Connection(path: draft, isPrivate: true)
        try fill(connection)
        // Last, and kept in the header: everybody who opens the file uses the log. Closing the only
        // connection leaves none behind.
        try connection.execute("PRAGMA journal_mode = WAL")
      }
    } catch {
      guard error.cause == Int(EEXIST) else { throw error }
    }
  }

  /// Makes a file, readable by its owner only, that no other process sees half of: `fill` makes it
  /// under another name, and it is then linked into place. Throws with `EEXIST` as the cause if the
  /// name was taken meanwhile.
  static func makeComplete<Result>(
    _ path: String, _ fill: (_ draft: String) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try checkWritable(directory(of: path), for: path)
    try checkNoLogIsLeft(of: path)
    let draft = try Draft(of: path)
    defer { draft.discard() }
    let result: Result
    do throws(StoreError) {
      result = try fill(draft.path)
    } catch {
      // The draft's name says nothing to a user who has named the file.
      throw StoreError(
        error.code, error.message.replacing(draft.path, with: path), cause: error.cause)
    }
    guard link(draft.path, path) == 0 else { throw failure("create \(path)") }
    guard syncDirectory(directory(of: path)) else {
      SyncMark(beside: path).leave()
      throw StoreError(undurable: path)
    }
    return result
  }

  /// SQLite takes the log that lies beside a file for that file's, whatever queue it came from, and
  /// would lay its pages over the new one.
  private static func checkNoLogIsLeft(of path: String) throws(StoreError) {
    // Beside a file that has just been made by somebody else it is that file's.
    guard try exists(path + "-wal"), try !exists(path) else { return }
    throw StoreError(
      .cannotOpen,
      "there is no \(path), but the log of one, \(path)-wal: put the file back, or, when no worker "
        + "runs, remove what is left of it, \(path)-wal and \(path)-shm")
  }

  /// What keeps a file from being made is said of the file that was asked for, not of its draft.
  private static func checkWritable(_ directory: String, for path: String) throws(StoreError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, access(directory, W_OK | X_OK) == 0 else {
      let cause = errno
      throw failure("create \(path)\(FileAccess.explain(path))", cause)
    }
  }

  /// Makes an empty file a queue.
  static func fill(_ connection: Connection) throws(StoreError) {
    try connection.execute("PRAGMA page_size = \(pageSize)")
    try connection.transaction { () throws(StoreError) in
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try Schema.migrate(connection, from: 0)
    }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a directory with those above it. Its name is on the disk when this returns, whatever
  /// process made it.
  private static func makeDirectory(_ path: String) throws(StoreError) {
    if try !exists(path), mkdir(path, 0o700) != 0, errno != EEXIST {
      guard errno == ENOENT else { throw failure("make the directory \(path)") }
      try makeDirectory(directory(of: path))
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw failure("make the directory \(path)")
      }
    }
    guard syncDirectory(directory(of: path)) else {
      throw failure("have the disk keep the directory \(path)")
    }
  }

  /// Has the names in a directory be on the disk.
  /// - Returns: false when they may not be. A directory that may not be read can't be synced, which
  ///   is passed over.
  static func syncDirectory(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EACCES }
    defer { close(descriptor) }
    return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS
  }

  private static func failure(_ action: String, _ cause: Int32 = errno) -> StoreError {
    StoreError(
      .cannotOpen, "can't \(action): \(String(cString: strerror(cause)))", cause: Int(cause))
  }
}
