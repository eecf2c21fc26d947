import CSQLite
import Glibc

/// SQLite's own way to files, with three differences: its files are ``CommitFile``s, a write-ahead
/// log that exists is opened as such, and a rollback journal beside a queue is passed over.
///
/// SQLite opens a log as if to make it, and then syncs, with the first commit of each connection,
/// the directory that has it too (<https://sqlite.org/src/file/src/os_unix.c>, UNIXFILE_DIRSYNC): a
/// second wait for the disk in every command that stores something, for a log that was made once
/// and is never deleted. The process that makes it still does. On Linux's file systems the sync of
/// a new file carries its name to the disk as well.
///
/// A database that uses a log has no journal. One that another user has put beside it would be
/// played back over it, with commands of that user.
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
      // There is none, or not any more.
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

  /// Whether a path is that of a journal beside a database that uses a log, which its header says.
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
