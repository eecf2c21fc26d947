import Glibc

enum Question {
  /// Asks on standard error; only an answer that begins with y confirms.
  static func isConfirmed(_ question: String) -> Bool {
    let bytes = Array("\(question) [y/N] ".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    guard let answer = readLine() else { return false }
    return answer.lowercased().hasPrefix("y")
  }
}
