import Glibc
import QueueCore
import QueueHost

/// Standard output, written in large pieces; a failure to write is an error like any other.
final class Output {
  /// Nobody reads it any more, or it can't take more.
  struct Closed: Error, CustomStringConvertible {
    let code: Int32

    /// Whether a reader simply left, as `head` does.
    var isPipe: Bool { code == EPIPE }

    var description: String { "can't write the output: \(String(cString: strerror(code)))" }
  }

  /// Used by the main thread only, as everything here is.
  nonisolated(unsafe) static let standard = Output()

  private static let pieceSize = 1 << 16
  private var pending: [UInt8] = []
  private var failure: Closed?

  func write(_ bytes: [UInt8]) throws(Closed) {
    pending += bytes
    if pending.count >= Self.pieceSize { try flush() }
  }

  /// Writes text and a line end.
  func line(_ text: String) throws(Closed) {
    pending += text.utf8
    pending.append(0x0A)
    if pending.count >= Self.pieceSize { try flush() }
  }

  /// Lets time pass.
  /// - Throws: as soon as nobody reads what is written.
  func rest(for duration: Duration) throws(Closed) {
    if Poll.wait(forReaderToLeave: STDOUT_FILENO, atMost: duration) { throw Closed(code: EPIPE) }
  }

  /// Hands on what was written so far. Once that failed, it fails for good.
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
