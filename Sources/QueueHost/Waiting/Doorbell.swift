import CLinux
import Glibc

/// Wakes those who wait, in all processes: who makes work ready, or ends a job, touches a file; who
/// waits watches it.
public final class Doorbell {
  /// Polls readable once somebody rang.
  public var descriptor: Int32 { watch.descriptor }
  private let watch: FileWatch

  /// Starts listening.
  /// - Parameter path: the bell's, see ``QueueDirectory``; it is made if need be.
  /// - Throws: ``SystemError`` when the file can't be made or watched.
  public init(listeningTo path: String) throws(SystemError) {
    let file = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemError("make \(path)") }
    if let end = path.lastIndex(of: "/") { clinux_own_like(file, String(path[..<end])) }
    close(file)
    watch = try FileWatch()
    try watch.add(path, Int(IN_ATTRIB))
  }

  /// Whether anybody rang since this was last asked.
  public func wasRung() -> Bool { watch.hasHeard() }

  /// Waits until somebody rings, or the time is over.
  /// - Parameter bell: nil where there is none to be had: then time passes.
  package static func wait(for bell: (any BellListener)?, atMost duration: Duration) {
    Poll.wait(for: bell.map { [$0.descriptor] } ?? [], atMost: duration)
    _ = bell?.wasRung()
  }

  /// Wakes whoever listens. Nobody does while there is no file.
  /// - Parameter path: the bell's, see ``QueueDirectory``.
  public static func ring(_ path: String) {
    utimensat(AT_FDCWD, path, nil, 0)
  }
}
