import CLinux
import Glibc

/// The file `<database>-unsynced`: a byte per failed sync of the WAL. The kernel marks the pages
/// clean, so later syncs succeed (<https://wiki.postgresql.org/wiki/Fsync_Errors>). No change is
/// acknowledged until ``Checkpointer/renewLog()`` has removed the file.
struct SyncMark {
  private let database: String
  private var path: String { database + "-unsynced" }

  init(beside database: String) {
    self.database = database
  }

  /// Whether a sync has failed since the WAL was last renewed; true if unknown.
  var isLeft: Bool { access(path, F_OK) == 0 || errno != ENOENT }

  /// The number of failed syncs; 0 if unknown.
  var failures: Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Records a failure. Errors are ignored.
  func leave() {
    withLock(creating: true) { descriptor in
      clinux_own_like(descriptor, database)
      _ = write(descriptor, "!", 1)
    }
  }

  /// Removes the file, unless it records more than `failures`.
  func remove(after failures: Int) {
    withLock(creating: false) { descriptor in
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_size <= failures { unlink(path) }
    }
  }

  private func withLock(creating: Bool, _ body: (Int32) -> Void) {
    while true {
      let flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (creating ? O_CREAT : 0)
      let descriptor = open(path, flags, 0o600)
      guard descriptor >= 0 else { return }
      defer { close(descriptor) }
      guard flock(descriptor, LOCK_EX) == 0 else { return }
      var (opened, named) = (stat(), stat())
      guard fstat(descriptor, &opened) == 0 else { return }
      // Another process may have removed the file between `open` and `flock`.
      guard stat(path, &named) != 0 || named.st_ino != opened.st_ino else {
        return body(descriptor)
      }
      guard creating else { return }
    }
  }
}
