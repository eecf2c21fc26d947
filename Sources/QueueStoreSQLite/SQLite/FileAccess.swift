import Glibc

enum FileAccess {
  /// Returns ` (… belongs to uid 1000 with mode 600, and this is uid 1001)` for the first of the
  /// database, its companions and its directory that this process can't read and write; else "".
  static func explain(_ database: String) -> String {
    let directory = database.lastIndex(of: "/").map { String(database[...$0]) } ?? "."
    let candidates = [database, database + "-wal", database + "-shm"].map { ($0, R_OK | W_OK) }
    for (path, wanted) in candidates + [(directory, R_OK | W_OK | X_OK)] {
      guard access(path, wanted) != 0, errno == EACCES || errno == EROFS else { continue }
      if errno == EROFS { return " (\(path) is on a file system that is mounted read-only)" }
      var status = stat()
      guard stat(path, &status) == 0 else {
        return " (\(path) isn't accessible to uid \(geteuid()))"
      }
      let mode = String(status.st_mode & 0o777, radix: 8)
      return
        " (\(path) belongs to uid \(status.st_uid) with mode \(mode), and this is uid \(geteuid()))"
    }
    return ""
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the database or a companion has reached this process's file size limit (`ulimit -f`).
  static func isAtSizeLimit(_ database: String) -> Bool {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return false }
    return ["", "-wal", "-journal"].contains { suffix in
      var status = stat()
      guard stat(database + suffix, &status) == 0 else { return false }
      return UInt64(status.st_size) + largestWrite >= limit.rlim_cur
    }
  }

  /// In bytes: SQLite's largest page, the most it writes at once.
  private static let largestWrite: UInt64 = 65_536
}
