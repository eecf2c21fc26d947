import CLinux
import Glibc
import QueueHost

/// The log of a running job, bounded: head and tail stay, and the middle becomes a hole.
/// The job writes directly to the file, which may exceed its bound until the next check.
final class RunLog {
  let descriptor: Int32
  /// Where this run's output begins.
  private let start: Int
  private let limitBytes: Int
  private var freedUpTo: Int
  private var lastSize = 0
  private var pause = RunLog.shortestPause

  private static let shortestPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(500)
  private static let block = 4096

  /// - Parameter isShared: whether to keep the file's content. Else a file of this run number
  ///   predates a power loss or a restored backup, and is truncated.
  init(path: String, isShared: Bool = false, limitBytes: Int) throws(SystemError) {
    self.limitBytes = limitBytes
    freedUpTo = Self.rounded(limitBytes / 2)
    descriptor = try Self.make(path, isShared ? 0 : O_TRUNC)
    start = Int(lseek(descriptor, 0, SEEK_END))
  }

  /// Removes a symbolic link or FIFO in the log's place, which would block every later try.
  private static func make(_ path: String, _ more: Int32) throws(SystemError) -> Int32 {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | more
    var hasRemoved = false
    while true {
      let descriptor = open(path, flags, 0o600)
      var code = errno
      var status = stat()
      if descriptor >= 0 {
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return descriptor }
        close(descriptor)
        code = ESPIPE
      }
      guard [ELOOP, ESPIPE, ENXIO].contains(code), !hasRemoved, unlink(path) == 0 else {
        throw SystemError("write the log \(path)", code: code)
      }
      hasRemoved = true
    }
  }

  deinit { close(descriptor) }

  /// Frees the excess; returns when to check again.
  @discardableResult
  func bound() -> Duration {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let growth = size - lastSize
    lastSize = size
    if size > limitBytes { free(upTo: Self.rounded(size - limitBytes / 2)) }
    pause = growth > limitBytes / 8 ? Self.shortestPause : min(pause + pause, Self.longestPause)
    return pause
  }

  private func free(upTo end: Int) {
    guard end > freedUpTo else { return }
    if clinux_punch_hole(descriptor, Int64(freedUpTo), Int64(end - freedUpTo)) == 0 {
      freedUpTo = end
    } else {
      // A file system without holes: later output follows the head.
      ftruncate(descriptor, Self.rounded(limitBytes / 2))
    }
  }

  /// Holes consist of whole blocks.
  private static func rounded(_ size: Int) -> Int { size / block * block }

  /// Whether the disk is full, so that the job would fail without a message; false if unknown.
  var isDiskFull: Bool {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0, status.f_blocks > 0 else { return false }
    return (geteuid() == 0 ? status.f_bfree : status.f_bavail) == 0
  }

  func lastLine() -> String? { LastLine.read(from: descriptor, after: start) }
}
