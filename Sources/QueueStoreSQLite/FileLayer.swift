import CSQLite
import Glibc

/// SQLite's own way to files, with two differences: a write-ahead log gets a commit at once (``CommitFile``), and one that is there is opened
/// as such.
///
/// SQLite opens it as if to make it, and then syncs, with the first commit of each connection, the directory that has it too
/// (<https://sqlite.org/src/file/src/os_unix.c>, UNIXFILE_DIRSYNC): a second wait for the disk in every command that stores something, for a log
/// that was made once and is never deleted. Whoever makes it still does. On Linux's file systems the sync of a new file carries its name
/// to the disk as well.
enum FileLayer {
  /// What SQLite knows it by; nil, which is its own layer, if that can't be had.
  static let name: String? = {
    let name = "queuectl"
    guard let own = sqlite3_vfs_find(nil) else { return nil }
    let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    layer.initialize(to: own.pointee)
    layer.pointee.zName = UnsafePointer(strdup(name))
    layer.pointee.pNext = nil
    layer.pointee.szOsFile = CommitFile.structureSize
    layer.pointee.xOpen = { _, path, file, flags, opened in
      // Registered beside it, ours isn't the one that is found without a name.
      guard let own = sqlite3_vfs_find(nil), let open = own.pointee.xOpen else {
        return SQLITE_CANTOPEN
      }
      guard flags & SQLITE_OPEN_WAL != 0, let path, let file else {
        return open(own, path, file, flags, opened)
      }
      var code = SQLITE_CANTOPEN
      if access(path, F_OK) == 0 {
        code = open(own, path, file, flags & ~SQLITE_OPEN_CREATE, opened)
      }
      // There is none, or not any more.
      if code != SQLITE_OK { code = open(own, path, file, flags, opened) }
      if code == SQLITE_OK { CommitFile.attach(to: file) }
      return code
    }
    return sqlite3_vfs_register(layer, 0) == SQLITE_OK ? name : nil
  }()
}
