import CLinux
import Glibc
import QueueCore

/// The line in which those stand who want to write to a database: each sleeps until the one before
/// it has finished.
///
/// SQLite's own lock knows no line: whoever finds it taken has to ask again and again, which costs
/// its holder the processor that it would be done with sooner, and lets whoever comes pass those
/// that wait. This lock, `flock` on a directory, makes only for order: what keeps writers apart is
/// SQLite's. So nothing is lost where there is none, as with other programs. The kernel frees it
/// however its holder ends.
package final class WriterQueue {
  private let descriptor: Int32

  /// Nil where none can be had.
  /// - Parameters:
  ///   - directory: the same for all who write to the same database; it is made if need be.
  ///   - database: what it is beside.
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

  /// What came of standing in line.
  package enum Turn {
    /// To be ended by ``WriterQueue/leave()``.
    case ours
    case notInTime
    /// The file system knows no such lock.
    case noLine
  }

  /// Waits until it is our turn, for at most so long.
  package func enter(atMost patience: Duration) -> Turn {
    if clinux_lock_within(descriptor, patience.milliseconds) == 0 { return .ours }
    return errno == EWOULDBLOCK ? .notInTime : .noLine
  }

  /// Lets the next one go on.
  package func leave() { flock(descriptor, LOCK_UN) }

  private static func open(_ directory: String) -> Int32 {
    Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  }
}
