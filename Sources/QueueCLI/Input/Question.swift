import Glibc

/// A question to somebody at a terminal.
enum Question {
  /// Whether the answer begins with y; anything else means no.
  static func isConfirmed(_ question: String) -> Bool {
    let bytes = Array("\(question) [y/N] ".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    guard let answer = readLine() else { return false }
    return answer.lowercased().hasPrefix("y")
  }
}
