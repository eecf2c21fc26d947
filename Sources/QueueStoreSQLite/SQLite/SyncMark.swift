import CLinux
import Glibc

/// A file beside a database that says that a sync of its write-ahead log has failed:
/// `<database>-unsynced`.
///
/// The kernel takes pages that it failed to write for written. So the next sync of the log
/// succeeds, of any process, over a hole on the disk that ends the log there after a power loss
/// (<https://wiki.postgresql.org/wiki/Fsync_Errors>). While the file exists, no process
/// acknowledges a change before ``Checkpointer/renewLog()`` has written the log's content elsewhere
/// and removed the file. It has a byte for each failure, so that one failure more isn't forgotten
/// with those before it.
struct SyncMark {
  private let database: String
  private var path: String { database + "-unsynced" }

  init(beside database: String) {
    self.database = database
  }

  /// Whether a sync has failed since the log was last written anew. If that can't be told, it may
  /// have.
  var isLeft: Bool { access(path, F_OK) == 0 || errno != ENOENT }

  /// How many syncs have failed; 0 for none, or if that can't be told.
  var failures: Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Records a failure. What can't be written on a disk that fails is lost.
  func leave() {
    withLock(creating: true) { descriptor in
      clinux_own_like(descriptor, database)
      _ = write(descriptor, "!", 1)
    }
  }

  /// Forgets so many failures, unless there were more meanwhile.
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
      // It may have been removed between its opening and its locking.
      guard stat(path, &named) != 0 || named.st_ino != opened.st_ino else {
        return body(descriptor)
      }
      guard creating else { return }
    }
  }
}
