import Glibc

/// Locks that block every reader of a database, like a WAL recovery.
/// Source: bytes 123 to 127 of the shared memory, <https://sqlite.org/walformat.html#wal_locks>.
struct ReaderLocks: ~Copyable {
  private let descriptor: Int32
  // Source: asm-generic/fcntl.h, F_OFD_SETLKW; Swift doesn't import it.
  private static let setAndWait: Int32 = 38

  init(of database: String) throws {
    descriptor = open(database + "-shm", O_RDWR | O_CLOEXEC)
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 123
    lock.l_len = 5
    guard descriptor >= 0, fcntl(descriptor, Self.setAndWait, &lock) == 0 else {
      throw Surprise("can't lock \(database): \(String(cString: strerror(errno)))")
    }
  }

  consuming func release() {}

  deinit { close(descriptor) }
}
