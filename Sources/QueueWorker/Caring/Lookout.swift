import Glibc
public import QueueCore
public import QueueHost

/// Selects one worker per machine to check the others, as checks by all would cost O(n²).
/// It holds a lock, which passes on at its exit. If it stalls, its timestamp ages and all check.
public final class Lookout {
  private let path: String
  private var descriptor: Int32 = -1
  private var isOurs = false

  /// - Parameter directory: the queue's; each site that shares it has its own lookout.
  public init(in directory: QueueDirectory) {
    path =
      "\(directory.locks)/lookout-\(Self.number(of: LocalHost.site?.text ?? LocalHost.hostName))"
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Returns whether this worker checks the others now; true if unknown.
  public func isOnDuty(_ settings: Settings, at now: Duration) -> Bool {
    if descriptor < 0 { descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else { return true }
    if !isOurs {
      isOurs = flock(descriptor, LOCK_EX | LOCK_NB) == 0
      guard isOurs else { return errno != EWOULDBLOCK || isSignOld(settings, at: now) }
    }
    var milliseconds = now.milliseconds
    pwrite(descriptor, &milliseconds, MemoryLayout<Int64>.size, 0)
    return true
  }

  /// Whether the lookout missed a check, or the file is of another boot.
  private func isSignOld(_ settings: Settings, at now: Duration) -> Bool {
    var milliseconds: Int64 = 0
    let size = MemoryLayout<Int64>.size
    guard pread(descriptor, &milliseconds, size, 0) == size else { return true }
    let age = now.milliseconds.subtractingReportingOverflow(milliseconds)
    let limit = settings.pollInterval + settings.pollInterval / 2
    return age.overflow || age.partialValue < 0 || .milliseconds(age.partialValue) > limit
  }

  /// FNV-1a, so that the file name contains no foreign text.
  private static func number(of text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
