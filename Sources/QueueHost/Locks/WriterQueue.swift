import CLinux
import Glibc
import QueueCore

/// Orders the writers of a database with `flock` on a directory; they sleep until their turn.
/// SQLite's own lock is unfair and has to be polled, but it alone excludes writers.
package final class WriterQueue {
  private let descriptor: Int32

  /// Opens the directory that all writers of `database` share; nil if that fails.
  package init?(at directory: String, beside database: String) {
    var opened = Self.open(directory)
    if opened < 0, errno == ENOENT, mkdir(directory, 0o700) == 0 || errno == EEXIST {
      opened = Self.open(directory)
      clinux_own_like(opened, database)
    }
    guard opened >= 0 else { return nil }
    descriptor = opened
  }

  deinit { close(descriptor) }

  package enum Turn {
    /// Must be ended by ``WriterQueue/leave()``.
    case ours
    case notInTime
    /// The file system doesn't support the lock.
    case noLine
  }

  package func enter(atMost patience: Duration) -> Turn {
    if clinux_lock_within(descriptor, patience.milliseconds) == 0 { return .ours }
    return errno == EWOULDBLOCK ? .notInTime : .noLine
  }

  package func leave() { flock(descriptor, LOCK_UN) }

  private static func open(_ directory: String) -> Int32 {
    Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  }
}
