import Glibc
import QueueHost

enum StandardStreams {
  /// Opens closed descriptors 0 to 2 on /dev/null, in the wrong direction so that their use still
  /// fails. Otherwise a file opened later could get the number and receive our output.
  static func takePlaces() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // open() returns the lowest free descriptor, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Blocking I/O on shared descriptors, which another process may have made non-blocking.
enum PatientIO {
  /// Writes all bytes. Returns 0, or the error number.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else {
        let code = errno
        guard mayGoOn(after: code, { Poll.wait(untilWritable: descriptor, atMost: nil) }) else {
          return code
        }
      }
    }
    return 0
  }

  /// Reads at least one byte, unless at the end of the input.
  /// - Returns: the number of bytes; -1 with `errno` set on failure.
  static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      let code = errno
      guard count < 0, mayGoOn(after: code, { Poll.wait(for: [descriptor], atMost: nil) }) else {
        errno = code
        return count
      }
    }
  }

  /// Waits after EAGAIN; returns whether to retry.
  private static func mayGoOn(after code: Int32, _ wait: () -> Void) -> Bool {
    if code == EAGAIN { wait() }
    return code == EAGAIN || code == EINTR
  }
}
