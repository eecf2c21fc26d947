import Glibc
import QueueHost

/// Descriptors 0, 1 and 2.
enum StandardStreams {
  /// Opens those that were closed when the process was started. A file that is opened later would
  /// take the number, and what is printed would be written into it. Reading and writing still fail.
  static func takePlaces() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest that is free, as those below it are open by now.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Reads and writes on descriptors that other processes share: one of them may have made it
/// non-blocking, for all.
enum PatientIO {
  /// Writes all of it.
  /// - Returns: 0, or the error that kept a part of it from being written.
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

  /// Reads what there is, at least a byte unless that is the end.
  /// - Returns: how many bytes; -1 and `errno`.
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

  /// Waits until more can be done, if that is what the error asks for.
  private static func mayGoOn(after code: Int32, _ wait: () -> Void) -> Bool {
    if code == EAGAIN { wait() }
    return code == EAGAIN || code == EINTR
  }
}
