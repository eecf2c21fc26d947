import Glibc

/// Reports changes of files through inotify, without opening them.
package final class FileWatch {
  package let descriptor: Int32

  package init() throws(SystemError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard descriptor >= 0 else { throw Self.error() }
  }

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

  /// Watches one more file; throws if it is missing or can't be watched.
  package func add(_ path: String, _ events: Int) throws(SystemError) {
    guard inotify_add_watch(descriptor, path, UInt32(events)) >= 0 else { throw Self.error() }
  }

  /// Discards the pending events; returns whether there were any.
  package func hasHeard() -> Bool {
    var heard = false
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 { heard = true }
    }
    return heard
  }
}
