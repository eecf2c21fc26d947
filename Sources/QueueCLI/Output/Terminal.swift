import Glibc
import QueueCore
import QueueSession

/// The capabilities of standard output.
struct Terminal {
  /// Columns; nil if standard output isn't a terminal.
  let width: Int?
  /// Lines; 24 if unknown.
  let height: Int
  let hasColor: Bool
  let movesCursor: Bool

  init(allowsColor: Bool, environment: ProcessEnvironment = .current) {
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let hasSize = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    width = isTerminal ? (hasSize && size.ws_col > 0 ? Int(size.ws_col) : 80) : nil
    height = hasSize && size.ws_row > 0 ? Int(size.ws_row) : 24
    movesCursor = isTerminal && environment["TERM"] != "dumb"
    hasColor = movesCursor && allowsColor && (environment["NO_COLOR"] ?? "").isEmpty
  }

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
