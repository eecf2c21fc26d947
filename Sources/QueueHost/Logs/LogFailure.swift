import Glibc

/// A log that can't be read, or not any further.
public struct LogFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system's number for the reason; 0 for something that isn't a file.
  public let code: Int32
  private let path: String

  package init(_ path: String, code: Int32) {
    self.path = path
    self.code = code
  }

  /// Which log, and why.
  public var description: String {
    code == 0
      ? "\(path) isn't a regular file"
      : "can't read the log \(path): \(String(cString: strerror(code)))"
  }
}

/// Opening what should be the log of a run.
public enum LogFile {
  /// A descriptor to read from. Doesn't wait for a FIFO that stands in its place: it is refused, as
  /// all but regular files are.
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
