import CSQLite
import Glibc
import QueueCore
import QueueHost

extension StoreError {
  /// Maps an SQLite result code to an error for the user. `reason` is `errno`, or 0 for none.
  init(sqlite code: Int32, message: String, reason: Int32, path: String) {
    let (kind, text): (Code, String) =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
        (.busy, Self.busy(path).message)
      case SQLITE_FULL: (.full, "\(path): the disk or the quota is full: free some space")
      case SQLITE_READONLY:
        (
          .readOnly,
          "\(path) can't be written: \(MissingRights.ofDatabase(path)?.description ?? message)"
        )
      case SQLITE_CANTOPEN where FileAccess.isDirectory(path):
        (.cannotOpen, "\(path) is a directory: name a file in it")
      case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
        (
          .cannotOpen,
          "\(path) can't be opened: \(MissingRights.ofDatabase(path)?.description ?? message)"
        )
      case SQLITE_NOTADB:
        (.foreign, "\(path) isn't an SQLite database and is unchanged: choose another --db")
      case SQLITE_CORRUPT:
        (.corrupt, Self.damage(message, of: path))
      case SQLITE_IOERR where FileAccess.isAtSizeLimit(path):
        (.full, "\(path) can't grow: raise the limit on file sizes (ulimit -f)")
      case SQLITE_IOERR: (.other, Self.failedCall(code, message, reason: reason, path: path))
      default: (.other, "\(path): \(message) (SQLite error \(code))")
      }
    self.init(kind, text, cause: Int(code))
  }

  static func busy(_ path: String) -> StoreError {
    // The lock of writers, WAL_WRITE_LOCK: <https://sqlite.org/walformat.html#wal_locks>
    let holder = LockHolder(ofByte: 120, in: path + "-shm")
    return StoreError(
      .busy, "\(path) is locked by \(holder?.description ?? "another process: try again")")
  }

  /// A row or a page that no queuectl has written.
  static func damaged(_ path: String, _ detail: String) -> StoreError {
    StoreError(.corrupt, damage(detail, of: path))
  }

  private static func damage(_ detail: String, of path: String) -> String {
    "\(path) is damaged (\(detail)): stop the workers, move it aside with its -wal and -shm, and "
      + "put a backup in its place"
  }

  /// Describes a failed system call, which doesn't imply damage.
  private static func failedCall(
    _ code: Int32, _ message: String, reason: Int32, path: String
  ) -> String {
    // The second byte identifies the call: <https://sqlite.org/rescode.html#extrc>
    let action =
      switch code >> 8 {
      case 1, 2, 7: "read"
      case 3, 4, 5, 6: "write"
      case 8, 9, 14, 15, 20: "lock"
      default: "use"
      }
    let cause = reason == 0 ? message : String(cString: strerror(reason))
    return "can't \(action) \(path): \(cause) (SQLite error \(code)): the database may be sound; "
      + "try again, and check the disk (dmesg) if it persists"
  }

  /// Reports a change that other processes see but that may not be durable.
  init(undurable path: String) {
    self.init(
      .undurable,
      "\(path): changes were committed but fsync failed; they may be lost on power failure")
  }
}
