import CLinux
import Glibc
import QueueCore
import QueueHost

enum DatabaseFile {
  /// In bytes, for new files. A worker's commit changes a few bytes in each page: with SQLite's
  /// 4096, a run wrote twice as much, and two workers ran an eighth fewer jobs (docs/decisions.md).
  static let pageSize = 2048

  /// Whether anything exists at `path`. Throws `cannotOpen` if unknown.
  static func exists(_ path: String) throws(StoreError) -> Bool {
    try look(at: path) != nil
  }

  /// Whether a queue exists at `path`. Throws `cannotOpen` if it has a second name: each name would
  /// have its own WAL, and they would overwrite each other's changes.
  static func isThere(_ path: String) throws(StoreError) -> Bool {
    guard var place = try look(at: path) else { return false }
    if place.is_file != 0, place.names > 1 {
      Draft.removeNames(of: path)
      place = try look(at: path) ?? place
    }
    if place.is_file != 0, place.names > 1 {
      throw StoreError(
        .cannotOpen,
        "\(path) has \(place.names) names (hard links), and would get a WAL for each: remove the "
          + "others (find DIRECTORY -samefile \(path)); to copy it, run queuectl backup FILE")
    }
    if place.is_file != 0, place.is_mount_point != 0 {
      throw StoreError(
        .cannotOpen,
        "\(path) is mounted without its WAL: mount the directory, not the file")
    }
    return true
  }

  private static func look(at path: String) throws(StoreError) -> clinux_place? {
    switch FileIdentity.look(at: path) {
    case .found(_, let place): return place
    case .missing where errno == ENOENT: return nil
    case .missing, .unknown:
      let cause = errno
      throw failure("reach \(path)", cause, MissingRights.ofDatabase(path))
    }
  }

  /// Creates an empty queue and its directories. Concurrent callers all use the first file.
  static func create(at path: String) throws(StoreError) {
    try makeDirectory(directory(of: path))
    do throws(StoreError) {
      try makeComplete(path) { draft throws(StoreError) in
        let connection = try Connection(path: draft, isPrivate: true)
        try fill(connection)
        // Last: WAL mode is kept in the header. Closing the only connection removes the WAL.
        try connection.execute("PRAGMA journal_mode = WAL")
      }
    } catch {
      guard error.cause == Int(EEXIST) else { throw error }
    }
  }

  /// Builds a file as a ``Draft``, readable by its owner only, and links it to `path`.
  /// - Throws: the cause `EEXIST` if `path` was taken meanwhile; `undurable` if the sync failed.
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
      // The user gave `path`, not the draft's name.
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

  /// Refuses to create a file beside an existing WAL, which SQLite would replay into it.
  private static func checkNoLogIsLeft(of path: String) throws(StoreError) {
    // If another process has just created the file, the WAL belongs to it.
    guard try exists(path + "-wal"), try !exists(path) else { return }
    throw StoreError(
      .cannotOpen,
      "\(path) is missing but its WAL \(path)-wal exists: restore \(path), or stop all workers and "
        + "delete \(path)-wal and \(path)-shm")
  }

  /// Checks that the file can be created. The error names `path`, not the draft.
  private static func checkWritable(_ directory: String, for path: String) throws(StoreError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, access(directory, W_OK | X_OK) == 0 else {
      let cause = errno
      throw failure("create \(path)", cause, MissingRights.ofDatabase(path))
    }
  }

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

  /// Creates a directory with its parents. Syncs its name, even if another process created it.
  private static func makeDirectory(_ path: String) throws(StoreError) {
    if try !exists(path), mkdir(path, 0o700) != 0, errno != EEXIST {
      guard errno == ENOENT else { throw failure("create the directory \(path)") }
      try makeDirectory(directory(of: path))
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw failure("create the directory \(path)")
      }
    }
    guard syncDirectory(directory(of: path)) else {
      throw failure("sync the directory \(path)")
    }
  }

  /// Syncs the names in a directory, if it is readable. Returns false if they may not be durable.
  static func syncDirectory(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EACCES }
    defer { close(descriptor) }
    return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS
  }

  private static func failure(
    _ action: String, _ cause: Int32 = errno, _ rights: MissingRights? = nil
  ) -> StoreError {
    let reason = rights?.description ?? String(cString: strerror(cause))
    return StoreError(.cannotOpen, "can't \(action): \(reason)", cause: Int(cause))
  }
}
