import QueueTestSupport
import Testing

@testable import QueueCore

@Suite struct ShowingText {
  @Test(arguments: [
    ("", ""), ("plain text ~!", "plain text ~!"), ("äß 日本 🚀 e\u{301}", "äß 日本 🚀 e\u{301}"),
    ("a\tb", "a b"), ("a\nb\r\nc", "a↵b↵↵c"), ("\u{1B}[31mred\u{1B}[0m", "^[[31mred^[[0m"),
    ("\0\u{1}\u{8}\u{1F}\u{7F}", "^@^A^H^_^?"), ("\u{9B}31m\u{85}", "·31m·"),
    ("\u{202E}abc\u{2066}", "·abc·"), ("a\u{200B}b\u{FEFF}\u{AD}", "a·b··"),
    ("\u{2028}\u{2029}", "··"), ("\u{E000}\u{E0041}\u{378}", "···"),
  ])
  func `control characters are made visible`(text: String, expected: String) {
    #expect(Array(TerminalText.sanitized(text).utf8) == Array(expected.utf8))
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `sanitized text has no control character and stays unchanged`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 1...200 {
      let inert = TerminalText.sanitized(JSONValue.randomText(using: &random))
      #expect(inert.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      #expect(TerminalText.sanitized(inert) == inert)
    }
  }

  @Test func `quoted text is cut to sixty characters`() {
    let sixty = String(repeating: "x", count: 60)
    #expect(TerminalText.quoted("a\nb") == "\"a↵b\"")
    #expect(TerminalText.quoted(sixty) == "\"\(sixty)\"")
    #expect(TerminalText.quoted(sixty + "x") == "\"\(sixty.dropLast())…\"")
    #expect(TerminalText.quoted(String(repeating: "🚀", count: 99)).count == 62)
  }

  @Test func `quoted text is cut between grapheme clusters`() {
    let heap = "a" + String(repeating: "\u{301}", count: 10_000)
    #expect(TerminalText.quoted(heap).unicodeScalars.count <= 62)
  }

  @Test(
    arguments: [
      (" ", "a space"), ("\n", "a line end"), ("\t", "a tab"), ("/", "\"/\""), ("\u{1B}", "U+001B"),
      ("\u{202E}", "U+202E"), ("\u{E0041}", "U+E0041"), ("ä", "U+00E4"),
    ] as [(Unicode.Scalar, String)])
  func `a character is named so that users can find it`(scalar: Unicode.Scalar, name: String) {
    #expect(TerminalText.name(of: scalar) == name)
  }

  @Test(
    arguments: [
      ([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c"),
    ] as [([String], String)])
  func `words are listed as alternatives`(words: [String], text: String) {
    #expect(words.asAlternatives == text)
  }

  // MARK: Nearest words

  @Test(
    arguments: [
      ("max-retrys", "max-retries"), ("max-retries", "max-retries"), ("lese", "lease"),
      ("leas", "lease"), ("tiemout", "timeout"), ("priority", nil), ("", nil), ("x", nil),
    ] as [(String, String?)])
  func `a typo suggests the intended word`(word: String, expected: String?) {
    let words = ["max-retries", "lease", "timeout"]
    #expect(Suggestion.to(word, among: words) == expected)
    #expect(
      Suggestion.hint(for: word, among: words)
        == (expected.map { "; did you mean \"\($0)\"?" } ?? ""))
  }

  @Test(
    arguments: [
      ("stop", nil), ("cmd", nil), ("lst", "list"), ("lsit", "list"), ("slit", nil), ("tpo", "top"),
      ("tap", nil), ("otp", "top"), ("retyr", "retry"), ("all", nil), ("lits", "list"),
    ] as [(String, String?)])
  func `distant words aren't suggested`(word: String, expected: String?) {
    #expect(Suggestion.to(word, among: ["list", "top", "retry", "cwd", "db"]) == expected)
  }

  @Test func `of several near words the nearest is suggested`() {
    #expect(Suggestion.to("stale", among: ["start", "state", "stake"]) == "state")
    #expect(Suggestion.to("retries", among: []) == nil)
  }
}
