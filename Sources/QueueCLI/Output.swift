import Glibc
import QueueCore

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

  /// Hands on what was written so far. Once that failed, it fails for good.
  func flush() throws(Closed) {
    if let failure { throw failure }
    var rest = pending[...]
    pending = []
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        let failure = Closed(code: errno)
        self.failure = failure
        throw failure
      }
    }
  }
}

/// What the terminal can show, if there is one.
struct Terminal {
  /// Columns of the terminal on standard output; nil when it isn't one.
  let width: Int?
  /// Whether to use colours.
  let hasColor: Bool

  /// - Parameter allowsColor: false for `--no-color`.
  init(allowsColor: Bool, environment: ProcessEnvironment = .current) {
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let hasSize = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    width = isTerminal ? (hasSize && size.ws_col > 0 ? Int(size.ws_col) : 80) : nil
    hasColor =
      isTerminal && allowsColor && (environment["NO_COLOR"] ?? "").isEmpty
      && environment["TERM"] != "dumb"
  }

  /// The text in a state's colour, where there are colours.
  func colored(_ text: String, as state: JobState) -> String {
    guard hasColor, let code = Self.code(of: state) else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private static func code(of state: JobState) -> String? {
    switch state {
    case .pending: nil
    case .processing: "1;34"
    case .completed, .cancelled: "2"
    case .failed: "33"
    case .dead: "1;31"
    }
  }
}
