import CSQLite
import Glibc

/// A VFS that attaches ``CommitFile``s and opens an existing WAL without SQLITE_OPEN_CREATE, which
/// would sync the directory (<https://sqlite.org/src/file/src/os_unix.c>, UNIXFILE_DIRSYNC). It
/// ignores a rollback journal beside a WAL database, which another user could have planted.
enum FileLayer {
  /// The name of the VFS; nil, SQLite's default, if it can't be registered.
  static let name: String? = {
    let name = "queuectl"
    guard let own = sqlite3_vfs_find(nil) else { return nil }
    let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    layer.initialize(to: own.pointee)
    layer.pointee.zName = UnsafePointer(strdup(name))
    layer.pointee.pNext = nil
    layer.pointee.szOsFile = CommitFile.structureSize
    layer.pointee.xOpen = { _, path, file, flags, opened in
      // Our VFS isn't the default, so this finds SQLite's own.
      guard let own = sqlite3_vfs_find(nil), let open = own.pointee.xOpen else {
        return SQLITE_CANTOPEN
      }
      guard flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB) != 0, let path, let file else {
        return open(own, path, file, flags, opened)
      }
      if flags & SQLITE_OPEN_MAIN_DB != 0 {
        let code = open(own, path, file, flags, opened)
        if code == SQLITE_OK { CommitFile.attach(to: file, logAt: nil) }
        return code
      }
      var code = SQLITE_CANTOPEN
      if access(path, F_OK) == 0 {
        code = open(own, path, file, flags & ~SQLITE_OPEN_CREATE, opened)
      }
      // The WAL is missing, or was removed meanwhile.
      if code != SQLITE_OK { code = open(own, path, file, flags, opened) }
      if code == SQLITE_OK { CommitFile.attach(to: file, logAt: path) }
      return code
    }
    layer.pointee.xAccess = { _, path, flags, answer in
      guard let own = sqlite3_vfs_find(nil), let access = own.pointee.xAccess else {
        return SQLITE_IOERR
      }
      let code = access(own, path, flags, answer)
      if let path, let answer, answer.pointee != 0, FileLayer.isForeignJournal(path) {
        answer.pointee = 0
      }
      return code
    }
    return sqlite3_vfs_register(layer, 0) == SQLITE_OK ? name : nil
  }()

  /// Whether a path is a journal beside a database whose header selects WAL mode.
  /// Source: <https://sqlite.org/fileformat2.html#file_format_version_numbers>
  private static func isForeignJournal(_ path: UnsafePointer<CChar>) -> Bool {
    let path = String(cString: path)
    guard path.hasSuffix("-journal") else { return false }
    let descriptor = open(String(path.dropLast("-journal".count)), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var versions: (UInt8, UInt8) = (0, 0)
    return pread(descriptor, &versions, 2, 18) == 2 && versions == (2, 2)
  }
}
