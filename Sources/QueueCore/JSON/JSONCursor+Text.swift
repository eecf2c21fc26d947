extension JSONCursor {
  /// Consumes a string and resolves its escapes.
  mutating func takeText() throws(JSONError) -> String {
    try take("\"", or: "expected text in double quotes")
    let start = position
    while position < end {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return try text(start..<position, startingAt: start)
      }
      if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start) }
      if byte < 0x20 { throw failure("a control character must be escaped in text") }
      position += 1
    }
    throw failure("unterminated text", at: start - 1)
  }

  private func text(_ range: Range<Int>, startingAt start: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw failure("this text isn't valid UTF-8", at: start)
    }
    return text
  }

  private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
    var decoded = Array(bytes[start..<position])
    while position < end {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: decoded, as: UTF8.self) else {
          throw failure("this text isn't valid UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"): try readEscape(into: &decoded)
      case ..<0x20: throw failure("a control character must be escaped in text", at: position - 1)
      default: decoded.append(byte)
      }
    }
    throw failure("unterminated text", at: start - 1)
  }

  private mutating func readEscape(into decoded: inout [UInt8]) throws(JSONError) {
    guard position < end else { throw failure("unterminated text") }
    position += 1
    switch bytes[position - 1] {
    case UInt8(ascii: "\""): decoded.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): decoded.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/"): decoded.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): decoded.append(contentsOf: try readUnicodeEscape().utf8)
    default: throw failure("\\\(found(at: position - 1)) isn't a JSON escape", at: position - 2)
    }
  }

  /// Reads the digits after `\u`, and the second half of a surrogate pair.
  private mutating func readUnicodeEscape() throws(JSONError) -> String {
    let start = position - 2
    let first = try hexadecimal(from: start)
    if let scalar = Unicode.Scalar(first) { return String(Character(scalar)) }
    guard first < 0xDC00, advance(overWord: "\\u") else {
      throw failure("unpaired surrogate", at: start)
    }
    let second = try hexadecimal(from: start)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + second - 0xDC00)
    else { throw failure("unpaired surrogate", at: start) }
    return String(Character(scalar))
  }

  private mutating func hexadecimal(from start: Int) throws(JSONError) -> UInt32 {
    guard end - position >= 4,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits after \\u", at: start) }
    position += 4
    return value
  }
}
