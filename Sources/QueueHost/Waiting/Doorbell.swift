import CLinux
import Glibc

/// Wakes waiting processes: a producer touches a file that the waiters watch with inotify.
public final class Doorbell {
  /// Polls readable after a ring.
  public var descriptor: Int32 { watch.descriptor }
  private let watch: FileWatch

  /// Starts watching the bell file, and creates it if missing.
  public init(listeningTo path: String) throws(SystemError) {
    let file = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemError("create \(path)") }
    if let end = path.lastIndex(of: "/") { clinux_own_like(file, String(path[..<end])) }
    close(file)
    watch = try FileWatch()
    try watch.add(path, Int(IN_ATTRIB))
  }

  /// Returns whether the bell was rung since the last call.
  public func wasRung() -> Bool { watch.hasHeard() }

  /// Waits for a ring, or sleeps for the whole duration if `bell` is nil.
  package static func wait(for bell: (any BellListener)?, atMost duration: Duration) {
    Poll.wait(for: bell.map { [$0.descriptor] } ?? [], atMost: duration)
    _ = bell?.wasRung()
  }

  /// Touches the bell file; does nothing if it is missing, because no process is listening.
  public static func ring(_ path: String) {
    utimensat(AT_FDCWD, path, nil, 0)
  }
}
