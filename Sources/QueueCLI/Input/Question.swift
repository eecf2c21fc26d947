import Glibc

enum Question {
  /// Asks on standard error; only an answer that begins with y confirms.
  static func isConfirmed(_ question: String) -> Bool {
    answer(to: "\(question) [y/N] ").lowercased().hasPrefix("y")
  }

  /// Asks on standard error; only the number confirms.
  static func isConfirmed(_ question: String, byTyping number: Int) -> Bool {
    answer(to: "\(question) Type the number to confirm: ") == "\(number)"
  }

  private static func answer(to question: String) -> String {
    let bytes = Array(question.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    return readLine() ?? ""
  }
}
