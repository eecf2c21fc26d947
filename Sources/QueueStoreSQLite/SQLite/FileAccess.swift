import Glibc

enum FileAccess {
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
