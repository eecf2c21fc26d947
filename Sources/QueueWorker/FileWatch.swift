import Glibc

/// Hears of what happens to files, without opening them.
final class FileWatch {
  /// Polls readable once something happened.
  let descriptor: Int32

  /// Starts listening to nothing.
  init() throws(SystemError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError("watch files") }
  }

  deinit { close(descriptor) }

  /// Listens to one file more.
  /// - Returns: false when it isn't there, or can't be watched.
  func add(_ path: String, _ events: Int) -> Bool {
    inotify_add_watch(descriptor, path, UInt32(events)) >= 0
  }

  /// Whether anything happened since this was last asked.
  func hasHeard() -> Bool {
    var heard = false
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 { heard = true }
    }
    return heard
  }
}
