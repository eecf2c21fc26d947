import CLinux
import Glibc
import QueueHost

/// The file that a run writes to, kept from filling the disk: of a long output the head and the
/// tail are kept, and the space of what lies between is given back while the job writes on.
///
/// The job itself writes, at the file's end; nothing here is between it and the file. So the file
/// may be larger than its bound for as long as it takes to look again, and the faster it grows, the
/// sooner that is.
final class RunLog {
  /// What the job gets as its outputs.
  let descriptor: Int32
  private let limitBytes: Int
  private var freedUpTo: Int
  private var lastSize = 0
  private var pause = RunLog.shortestPause

  private static let shortestPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(500)
  private static let block = 4096

  /// - Parameter isShared: whether others write to it, too, and what is there stays. What is there
  ///   of a run of the same number comes from a time that was undone, by a power loss or a backup
  ///   that was restored.
  /// - Throws: ``SystemError`` when the file can't be made.
  init(path: String, isShared: Bool = false, limitBytes: Int) throws(SystemError) {
    self.limitBytes = limitBytes
    freedUpTo = Self.rounded(limitBytes / 2)
    descriptor = try Self.make(path, isShared ? 0 : O_TRUNC)
  }

  /// A link or a FIFO in the log's place is removed: the output would go elsewhere, and no later
  /// try would find the place free.
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

  /// Gives back what is too much.
  /// - Returns: when to look again.
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
      // A file system without holes: what comes later is written behind the head.
      ftruncate(descriptor, Self.rounded(limitBytes / 2))
    }
  }

  /// Holes are made of whole blocks.
  private static func rounded(_ size: Int) -> Int { size / block * block }

  /// Whether its disk has no room left for the job, which fails then without being able to write
  /// why. Of a file system that doesn't know its size it can't be told.
  var isDiskFull: Bool {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0, status.f_blocks > 0 else { return false }
    return (geteuid() == 0 ? status.f_bfree : status.f_bavail) == 0
  }

  /// The last line that the run has written so far; nil when there is none.
  func lastLine() -> String? { LastLine.read(from: descriptor) }
}
