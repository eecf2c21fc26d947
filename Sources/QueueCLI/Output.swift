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

  /// Lets time pass.
  /// - Throws: as soon as nobody reads what is written.
  func rest(for duration: Duration) throws(Closed) {
    var reader = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    poll(&reader, 1, Int32(clamping: duration.milliseconds))
    if reader.revents != 0 { throw Closed(code: EPIPE) }
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
  /// Its lines; 24 when it doesn't say.
  let height: Int
  /// Whether to use colours.
  let hasColor: Bool
  /// Whether the cursor can be moved.
  let movesCursor: Bool

  /// - Parameter allowsColor: false for `--no-color`.
  init(allowsColor: Bool, environment: ProcessEnvironment = .current) {
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let hasSize = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    width = isTerminal ? (hasSize && size.ws_col > 0 ? Int(size.ws_col) : 80) : nil
    height = hasSize && size.ws_row > 0 ? Int(size.ws_row) : 24
    movesCursor = isTerminal && environment["TERM"] != "dumb"
    hasColor = movesCursor && allowsColor && (environment["NO_COLOR"] ?? "").isEmpty
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
