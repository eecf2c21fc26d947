import QueueCore
import QueueTestSupport
import Testing

@Suite struct ReadingJSON {
  @Test(arguments: [
    ("null", JSONValue.null), (" \t\r\n true ", .boolean(true)), ("false", .boolean(false)),
    ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("3.0", .integer(3)),
    ("3e0", .integer(3)), ("-0.5", .double(-0.5)), ("1E+2", .integer(100)),
    ("5e-1", .double(0.5)), ("1e16", .double(1e16)),
    ("\"\"", .text("")), ("\"a b\"", .text("a b")), ("\"ä🚀\"", .text("ä🚀")),
    (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{8}\u{C}\n\r\t")),
    (#""\u0041\u00e4\u20AC\ud83d\uDE80""#, .text("Aä€🚀")), (#""\u0000""#, .text("\0")),
    ("\"\u{7F}\"", .text("\u{7F}")), (#""x\ny""#, .text("x\ny")),
    ("[]", .array([])), ("[ ]", .array([])),
    ("[1,[2] , null]", .array([.integer(1), .array([.integer(2)]), .null])),
    ("{}", .object([])), ("{ }", .object([])),
    (
      #" { "a" : 1 , "a" : {"b":[]} } "#,
      .object([
        .init(key: "a", value: .integer(1)),
        .init(key: "a", value: .object([.init(key: "b", value: .array([]))])),
      ])
    ),
  ])
  func `JSON is read`(text: String, value: JSONValue) throws {
    #expect(try JSONValue(text) == value)
  }

  @Test(arguments: [
    ("", "column 1: expected a value, not the end"),
    ("  ", "column 3: expected a value, not the end"),
    ("nul", "column 1: expected a value, not \"n\""),
    ("True", "column 1: expected a value, not \"T\""),
    ("'a'", "column 1: expected a value, not \"'\""),
    ("\u{FEFF}1", "column 1: expected a value, not U+FEFF"),
    ("NaN", "column 1: expected a value, not \"N\""),
    ("+1", "column 1: expected a value, not \"+\""),
    (".5", "column 1: expected a value, not \".\""),
    ("01", "column 2: expected the end, not \"1\""),
    ("-", "column 1: invalid number"), ("1.", "column 1: invalid number"),
    ("1e", "column 1: invalid number"), ("1e+-2", "column 1: invalid number"),
    ("--1", "column 1: invalid number"),
    ("0x10", "column 2: expected the end, not \"x\""),
    ("1 2", "column 3: expected the end, not \"2\""),
    ("\"abc", "column 1: unterminated text"),
    ("[\"abc\\\"]", "column 2: unterminated text"),
    ("\"a\tb\"", "column 3: a control character must be escaped in text"),
    ("\"\\n\u{1}\"", "column 4: a control character must be escaped in text"),
    ("\"\\x\"", "column 2: \\\"x\" isn't a JSON escape"),
    ("\"\\u12g4\"", "column 2: expected four hexadecimal digits after \\u"),
    ("\"\\u12\"", "column 2: expected four hexadecimal digits after \\u"),
    ("\"\\u+123\"", "column 2: expected four hexadecimal digits after \\u"),
    ("\"a\\ud83d\"", "column 3: unpaired surrogate"),
    ("\"\\ude80\"", "column 2: unpaired surrogate"),
    ("\"\\ud83d\\u0041\"", "column 2: unpaired surrogate"),
    ("[1,]", "column 4: expected a value, not \"]\""),
    ("[1 2]", "column 4: expected \",\" or \"]\", not \"2\""),
    ("[1", "column 3: expected \",\" or \"]\", not the end"),
    ("]", "column 1: expected a value, not \"]\""),
    ("{\"a\" 1}", "column 6: expected \":\" after the key \"a\", not \"1\""),
    ("{a:1}", "column 2: expected a key in double quotes, not \"a\""),
    ("{\"a\":1,}", "column 8: expected a key in double quotes, not \"}\""),
    ("{\"a\":1 \"b\":2}", "column 8: expected \",\" or \"}\", not \"\"\""),
    ("{\n  \"a\": 1,\n  \"b\": x\n}", "line 3, column 8: expected a value, not \"x\""),
    ("[\"ä\", x]", "column 8: expected a value, not \"x\""),
  ])
  func `invalid JSON is refused with its position`(text: String, message: String) throws {
    let error = try #require(#expect(throws: JSONError.self) { try JSONValue(text) })
    #expect(error.description == message)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0x5C, 0x6E, 0xFF, 0x22],
    ] as [[UInt8]])
  func `text that isn't UTF-8 is refused`(bytes: [UInt8]) throws {
    let error = try #require(#expect(throws: JSONError.self) { try JSONValue(bytes) })
    #expect(error.description == "column 2: this text isn't valid UTF-8")
  }

  @Test func `part of the bytes can be read, with positions in the whole`() throws {
    let bytes = Array("{\"a\":1}\n{\"a\":}\n12345".utf8)
    var first = JSONReader(bytes, in: 0..<7)
    #expect(try JSONValue(from: &first) == .object([.init(key: "a", value: .integer(1))]))
    try first.expectEnd()

    var second = JSONReader(bytes, in: 8..<14)
    let error = try #require(
      #expect(throws: JSONError.self) { try JSONValue(from: &second) })
    #expect(error.description == "line 2, column 6: expected a value, not \"}\"")

    var third = JSONReader(bytes, in: 15..<17)
    #expect(try JSONValue(from: &third) == .integer(12))
    try third.expectEnd()
  }

  @Test(
    arguments: [
      ("12", 12, 12.0), ("-3", -3, -3), ("3.0", 3, 3), ("-0.00", 0, 0),
      ("9007199254740993.0", 9_007_199_254_740_993, 9_007_199_254_740_992),
      ("3.01", nil, 3.01), ("3.0e0", 3, 3), ("1e2", 100, 100), ("1e30", nil, 1e30),
      ("1e400", nil, nil), ("99999999999999999999", nil, 1e20),
    ] as [(String, Int?, Double?)])
  func `a number reports the types it fits`(text: String, integer: Int?, double: Double?)
    throws
  {
    var reader = JSONReader(Array(text.utf8))
    let number = try reader.readNumber()
    #expect(number.text == text)
    #expect(number.integer == integer)
    #expect(number.double == double)
  }

  // MARK: At random

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `written JSON is read back`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 1...40 {
      let value = JSONValue.random(depth: 4, using: &random)
      let bytes = value.bytes
      let read = try JSONValue(bytes)
      #expect(read == value)
      // Swift may consider two different texts equal.
      #expect(read.bytes == bytes)
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `a document cut off anywhere is refused`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let members = (1...5).map { index in
      JSONValue.Member(key: "key\(index)", value: .random(depth: 3, using: &random))
    }
    let bytes = JSONValue.object(members).bytes
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSONValue(Array(bytes[..<length])) }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `arbitrary bytes don't make the reader trap`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let likely = Array(#"{}[]:,"\/bfnrtu0123456789.eE+- truefalsn"#.utf8)
    for _ in 1...500 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: .min ... .max, using: &random)
          : likely[Int.random(in: 0..<likely.count, using: &random)]
      }
      expectReadOrRefused(bytes)
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `a corrupted document is read or refused`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 1...50 {
      var bytes = JSONValue.random(depth: 4, using: &random).bytes
      for _ in 1...3 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] =
          UInt8.random(in: .min ... .max, using: &random)
      }
      expectReadOrRefused(bytes)
    }
  }

  private func expectReadOrRefused(_ bytes: [UInt8]) {
    do {
      _ = try JSONValue(bytes)
    } catch let error as JSONError {
      #expect(error.line >= 1)
      #expect((1...bytes.count + 1).contains(error.column))
      #expect(TerminalText.sanitized(error.description) == error.description)
    } catch {
      Issue.record("\(error)")
    }
  }
}
