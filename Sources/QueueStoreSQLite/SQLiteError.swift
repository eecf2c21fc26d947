import CSQLite
import QueueCore

extension StoreError {
  /// What an SQLite result code means to a user.
  init(sqlite code: Int32, message: String, path: String) {
    let (kind, text): (Code, String) =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
        (.busy, "\(path) is held by another process: try again")
      case SQLITE_FULL: (.full, "\(path): the disk or the quota is full: free some space")
      case SQLITE_READONLY:
        (.readOnly, "\(path) can't be written\(FileAccess.explain(path)): \(message)")
      case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
        (.cannotOpen, "\(path) can't be opened\(FileAccess.explain(path)): \(message)")
      case SQLITE_NOTADB:
        (.foreign, "\(path) isn't an SQLite database: it was left alone; choose another --db")
      case SQLITE_CORRUPT:
        (.corrupt, "\(path) is damaged (\(message)): stop the workers and restore a backup")
      case SQLITE_IOERR where FileAccess.isAtSizeLimit(path):
        (.full, "\(path) may not grow further: raise the limit on file sizes (ulimit -f)")
      case SQLITE_IOERR: (.other, "\(path): input/output error \(code): \(message)")
      default: (.other, "\(path): \(message) (SQLite error \(code))")
      }
    self.init(kind, text, cause: Int(code))
  }
}
