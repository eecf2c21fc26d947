import Glibc

/// Hears of what happens to files, without opening them.
package final class FileWatch {
  /// Polls readable once something happened.
  package let descriptor: Int32

  /// Starts listening to nothing.
  package init() throws(SystemError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard descriptor >= 0 else { throw Self.error() }
  }

  /// Why the last call failed; with the name of the limit if it may be that.
  private static func error() -> SystemError {
    let code = errno
    let limit: String? =
      switch code {
      case EMFILE: "fs.inotify.max_user_instances"
      case ENOSPC: "fs.inotify.max_user_watches"
      default: nil
      }
    return SystemError("watch files" + (limit.map { " (see \($0))" } ?? ""), code: code)
  }

  deinit { close(descriptor) }

  /// Listens to one file more.
  /// - Throws: ``SystemError`` when it isn't there, or can't be watched.
  package func add(_ path: String, _ events: Int) throws(SystemError) {
    guard inotify_add_watch(descriptor, path, UInt32(events)) >= 0 else { throw Self.error() }
  }

  /// Whether anything happened since this was last asked.
  package func hasHeard() -> Bool {
    var heard = false
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 { heard = true }
    }
    return heard
  }
}
