import Glibc
import QueueCore
import QueueHost

/// Buffered standard output that throws write errors.
final class Output {
  /// Standard output is closed, or a write failed.
  struct Closed: Error, CustomStringConvertible {
    let code: Int32

    /// Whether the reader has exited, as `head` does.
    var isPipe: Bool { code == EPIPE }

    var description: String { "can't write the output: \(String(cString: strerror(code)))" }
  }

  /// Safe because only the main thread uses it.
  nonisolated(unsafe) static let standard = Output()

  private static let pieceSize = 1 << 16
  private var pending: [UInt8] = []
  private var failure: Closed?

  func write(_ bytes: [UInt8]) throws(Closed) {
    pending += bytes
    if pending.count >= Self.pieceSize { try flush() }
  }

  func line(_ text: String) throws(Closed) {
    pending += text.utf8
    pending.append(0x0A)
    if pending.count >= Self.pieceSize { try flush() }
  }

  /// Waits, but throws ``Closed`` once standard output has lost its reader.
  func rest(for duration: Duration) throws(Closed) {
    if Poll.wait(forReaderToLeave: STDOUT_FILENO, atMost: duration) { throw Closed(code: EPIPE) }
  }

  /// Writes the buffer. After a failure it always throws.
  func flush() throws(Closed) {
    if let failure { throw failure }
    let code = PatientIO.write(pending, to: STDOUT_FILENO)
    pending = []
    guard code != 0 else { return }
    let failure = Closed(code: code)
    self.failure = failure
    throw failure
  }
}
