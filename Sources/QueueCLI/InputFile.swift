import Glibc

/// An open file to read jobs from.
enum InputFile {
  /// Opens a file.
  static func open(_ path: String) throws(Failure) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure.system("open \(path)")
    }
    return descriptor
  }

  /// Copies a stream into a file that has no name. A slow writer must not hold up the queue: all is read before anything is stored.
  /// - Parameter name: what messages call it.
  static func spool(_ source: Int32, name: String) throws(Failure) -> Int32 {
    var status = stat()
    if fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return source }
    let directory = ProcessEnvironment.current["TMPDIR"] ?? "/tmp"
    var template = Array("\(directory)/queuectl-XXXXXX".utf8CString)
    let copy = mkstemp(&template)
    guard copy >= 0 else {
      throw Failure.system("make a file in \(directory)")
    }
    unlink(template)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(source, &chunk, chunk.count)
      if count == 0 { break }
      guard count > 0 else {
        throw Failure.system("read \(name)")
      }
      var written = 0
      while written < count {
        // A disk that is nearly full takes a part, and says why with the next.
        let more = chunk.withUnsafeBytes {
          write(copy, $0.baseAddress.map { $0 + written }, count - written)
        }
        guard more > 0 else {
          throw Failure.system("copy \(name) to \(directory)")
        }
        written += more
      }
    }
    lseek(copy, 0, SEEK_SET)
    return copy
  }
}
