/// Words as a shell would have to be given them.
public enum ShellWords {
  /// One command of `words`: a single word as it is, for it may be a whole line of shell; several quoted where need be.
  public static func command(_ words: [String]) -> String {
    words.count == 1 ? words[0] : words.map(quoted).joined(separator: " ")
  }

  /// One word, quoted where need be.
  public static func quoted(_ word: String) -> String {
    let isPlain = !word.isEmpty && word.utf8.allSatisfy(isPlainByte)
    return isPlain
      ? word
      : "'"
        + word.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
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
