import Glibc

/// Wakes idle workers of all processes: who makes work ready touches a file, who waits watches it.
public final class Doorbell {
  /// Polls readable once somebody rang.
  public let descriptor: Int32

  /// Starts listening.
  /// - Throws: ``SystemError`` when the file can't be made or watched.
  public init(listeningAt directory: QueueDirectory) throws(SystemError) {
    let file = open(directory.doorbell, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemError("make \(directory.doorbell)") }
    close(file)
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError("watch for work") }
    guard inotify_add_watch(descriptor, directory.doorbell, UInt32(IN_ATTRIB)) >= 0 else {
      throw SystemError("watch \(directory.doorbell)")
    }
  }

  deinit { close(descriptor) }

  /// Whether anybody rang since this was last asked.
  public func wasRung() -> Bool {
    var rung = false
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 { rung = true }
    }
    return rung
  }

  /// Wakes whoever listens. Nobody does while there is no file.
  public static func ring(at directory: QueueDirectory) {
    utimensat(AT_FDCWD, directory.doorbell, nil, 0)
  }
}
