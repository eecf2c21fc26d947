import QueueCore
import Testing

@Suite struct `Streams for a terminal` {
  /// The sanitized bytes, passed in pieces of that size.
  private func shown(_ bytes: [UInt8], pieces: Int = .max) -> String {
    var stream = TerminalSanitizer()
    var text = ""
    var rest = bytes[...]
    while !rest.isEmpty {
      text += stream.text(Array(rest.prefix(pieces)))
      rest = rest.dropFirst(pieces)
    }
    return text + stream.end()
  }

  @Test(arguments: [
    ("", ""), ("one\ntwo\n", "one\ntwo\n"), ("a\tb", "a\tb"), ("a\r\nb\r\n", "a\nb\n"),
    ("10%\r20%\rdone\n", "10%↵20%↵done\n"), ("\n\n", "\n\n"), ("\r", "↵"),
    ("\u{1B}[31mred\u{1B}[0m\u{7}\n", "^[[31mred^[[0m^G\n"), ("\u{202E}evil\u{9B}2J", "·evil·2J"),
    ("naïve 日本語 👍\n", "naïve 日本語 👍\n"),
  ])
  func `lines and tabs stay, and control characters are removed`(raw: String, text: String) {
    #expect(shown(Array(raw.utf8)) == text)
  }

  @Test(arguments: 1...7)
  func `the result doesn't depend on the pieces`(pieces: Int) {
    let bytes = Array("a\r\nb\tnaïve 日本語 👍👍\r\n\u{1B}[0m\r".utf8) + [0xFF, 0x0A, 0xE6, 0x97]
    #expect(shown(bytes, pieces: pieces) == shown(bytes))
    #expect(shown(bytes).hasSuffix("\u{FFFD}\n\u{FFFD}"))
  }

  @Test func `text is passed on as soon as it is complete`() {
    var stream = TerminalSanitizer()
    #expect(stream.isAtLineStart)
    #expect(stream.text(Array("half a li".utf8)) == "half a li")
    #expect(!stream.isAtLineStart)
    #expect(stream.text(Array("ne\n".utf8)) == "ne\n")
    #expect(stream.isAtLineStart)
  }

  @Test func `arbitrary bytes are sanitized`() {
    let all: [UInt8] = (UInt8.min ... .max).flatMap { byte -> [UInt8] in [byte, 0x41, byte] }
    let text = shown(all, pieces: 5)
    let isInert = text.unicodeScalars.allSatisfy {
      $0 == "\n" || $0 == "\t" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
    }
    #expect(isInert)
  }
}
