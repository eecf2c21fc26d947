/// Quotes words for a shell.
public enum ShellWords {
  /// Returns the command line that runs exactly these words, the first as the program.
  public static func command(_ words: [String]) -> String {
    words.enumerated().map { index, word in
      let isSpecial = index == 0 && (word.contains("=") || reserved.contains(word))
      return isSpecial ? inQuotes(word) : quoted(word)
    }.joined(separator: " ")
  }

  /// Returns the command line of words given without `--`. A single word is shell code already;
  /// the first of several may be variable assignments.
  public static func line(_ words: [String]) -> String {
    words.count == 1 ? words[0] : words.map(quoted).joined(separator: " ")
  }

  /// Quotes a word if necessary.
  public static func quoted(_ word: String) -> String {
    let isPlain = !word.isEmpty && word.utf8.allSatisfy(isPlainByte)
    return isPlain ? word : inQuotes(word)
  }

  private static let reserved: Set = [
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "until", "while",
  ]

  private static func inQuotes(_ word: String) -> String {
    "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }

  private static func isPlainByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-+=./:,@%".utf8.contains(byte)
    }
  }
}
