import Glibc
public import QueueCore

/// A lock that says that a worker's process lives. The kernel frees it however the process ends.
public final class WorkerLock {
  private let descriptor: Int32
  private let path: String

  /// Takes the lock of this process.
  /// - Throws: ``SystemError`` when the file can't be made or locked.
  public init(for process: ProcessIdentity, in directory: QueueDirectory) throws(SystemError) {
    path = directory.lock(of: process)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("make \(path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw SystemError("lock \(path)") }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// Whether a process of this machine still holds its lock. The file of one that is gone is removed.
  public static func isHeld(by process: ProcessIdentity, in directory: QueueDirectory) -> Bool {
    let path = directory.lock(of: process)
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return errno != ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return true }
    unlink(path)
    return false
  }
}
