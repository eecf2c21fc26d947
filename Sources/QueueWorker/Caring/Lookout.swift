import Glibc
public import QueueCore
public import QueueHost

/// Chooses one of a machine's workers to look whether the others live. Each look is at all of them,
/// so if all looked, the cost would be the square of their number.
///
/// The lookout holds a lock, which the kernel frees however its process ends: the next worker that
/// tries it, within a `poll-interval`, follows. Of one that stalls the sign in the lock's file
/// grows old, and then all look.
public final class Lookout {
  private let path: String
  private var descriptor: Int32 = -1
  private var isOurs = false

  /// - Parameter directory: of the queue. Machines that share it have a lookout each.
  public init(in directory: QueueDirectory) {
    path = "\(directory.locks)/lookout-\(Self.number(of: LocalHost.hostName))"
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether it is for this worker to look at the others now. What can't be told is: yes.
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

  /// A look was missed, or the file is of another boot.
  private func isSignOld(_ settings: Settings, at now: Duration) -> Bool {
    var milliseconds: Int64 = 0
    let size = MemoryLayout<Int64>.size
    guard pread(descriptor, &milliseconds, size, 0) == size else { return true }
    let age = now.milliseconds.subtractingReportingOverflow(milliseconds)
    let limit = settings.pollInterval + settings.pollInterval / 2
    return age.overflow || age.partialValue < 0 || .milliseconds(age.partialValue) > limit
  }

  /// By FNV-1a, so that the name of a file holds no text of others.
  private static func number(of text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
