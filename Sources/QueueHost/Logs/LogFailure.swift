import Glibc

/// A log that can't be read.
public struct LogFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The errno; 0 if the log isn't a regular file.
  public let code: Int32
  private let path: String

  package init(_ path: String, code: Int32) {
    self.path = path
    self.code = code
  }

  /// The path and the reason.
  public var description: String {
    code == 0
      ? "\(path) isn't a regular file"
      : "can't read the log \(path): \(String(cString: strerror(code)))"
  }
}

/// Opens logs.
public enum LogFile {
  /// Opens a log for reading. Refuses all but regular files; doesn't block on a FIFO.
  public static func open(_ path: String) throws(LogFailure) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw LogFailure(path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw LogFailure(path, code: 0)
    }
    return descriptor
  }
}
