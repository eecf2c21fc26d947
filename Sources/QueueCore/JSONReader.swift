/// Reads JSON from bytes, value by value, as its caller asks for them.
///
/// Ours rather than a library's for three reasons: it says where a fault is, it sees duplicate keys, and it
/// builds no tree (docs/decisions.md has the figures). Strict RFC 8259, except that callers decide what may
/// come after the value.
public struct JSONReader {
  /// What kind of value comes next.
  public enum Kind: String, Sendable {
    /// Named as messages name them.
    case object = "an object"
    case array = "an array"
    case string = "text"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
  }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private var depth = 0

  private static let deepest = 100

  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - range: the part to read; all of it when nil.
  public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// What comes next, without taking it.
  public mutating func peek() throws(JSONError) -> Kind {
    skipSpace()
    guard position < end else { throw failure("the text ends where a value should be") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t") where isNext("true"), UInt8(ascii: "f") where isNext("false"):
      return .boolean
    case UInt8(ascii: "n") where isNext("null"): return .null
    default: throw failure("a value should be here, not \(found())")
    }
  }

  /// Reads an object. `member` is called for each key and must read its value.
  public mutating func readObject<Failure: Error>(
    _ member: (_ key: String, _ reader: inout JSONReader) throws(Failure) -> Void
  ) throws {
    try take("{", or: "an object should be here")
    if takeIfNext("}") { return }
    repeat {
      skipSpace()
      guard position < end, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("a key in double quotes should be here, not \(found())")
      }
      let key = try readString()
      try take(":", or: "\":\" should follow the key \(SafeText.quoted(key))")
      try member(key, &self)
    } while takeIfNext(",")
    try take("}", or: "\",\" or \"}\" should be here")
  }

  /// Reads an array. `element` is called before each element and must read it.
  public mutating func readArray<Failure: Error>(
    _ element: (_ reader: inout JSONReader) throws(Failure) -> Void
  ) throws {
    try take("[", or: "an array should be here")
    if takeIfNext("]") { return }
    repeat { try element(&self) } while takeIfNext(",")
    try take("]", or: "\",\" or \"]\" should be here")
  }

  /// Reads text, with its escapes resolved.
  public mutating func readString() throws(JSONError) -> String {
    try take("\"", or: "text in double quotes should be here")
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
    throw failure("the text in quotes doesn't end", at: start - 1)
  }

  /// Reads a number as it stands, so that its user can refuse fractions and overflow.
  public mutating func readNumber() throws(JSONError) -> JSONNumber {
    skipSpace()
    let start = position
    _ = advance(over: "-")
    if !advance(over: "0") { try digits(from: start) }
    if advance(over: ".") { try digits(from: start) }
    if advance(over: "e") || advance(over: "E") {
      if !advance(over: "+") { _ = advance(over: "-") }
      try digits(from: start)
    }
    return JSONNumber(text: String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// Reads `true` or `false`.
  public mutating func readBoolean() throws(JSONError) -> Bool {
    skipSpace()
    if advance(overWord: "true") { return true }
    if advance(overWord: "false") { return false }
    throw failure("true or false should be here, not \(found())")
  }

  /// Reads `null`.
  public mutating func readNull() throws(JSONError) {
    skipSpace()
    guard advance(overWord: "null") else { throw failure("null should be here, not \(found())") }
  }

  /// Reads a value of any kind and drops it.
  /// - Returns: where its bytes are.
  @discardableResult
  public mutating func skipValue() throws -> Range<Int> {
    let kind = try peek()
    let start = position
    switch kind {
    case .object:
      try enter { reader throws in
        try reader.readObject { (_, reader) throws in try reader.skipValue() }
      }
    case .array:
      try enter { reader throws in
        try reader.readArray { reader throws in try reader.skipValue() }
      }
    case .string: _ = try readString()
    case .number: _ = try readNumber()
    case .boolean: _ = try readBoolean()
    case .null: try readNull()
    }
    return start..<position
  }

  /// Keeps what is nested too deeply from using up the stack.
  private mutating func enter(_ body: (inout JSONReader) throws -> Void) throws {
    guard depth < Self.deepest else { throw failure("this is nested too deeply") }
    depth += 1
    try body(&self)
    depth -= 1
  }

  /// Checks that nothing but white space is left.
  public mutating func expectEnd() throws(JSONError) {
    skipSpace()
    if position < end { throw failure("nothing should follow here, but there is \(found())") }
  }

  // MARK: - Bytes

  private mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func advance(over character: Unicode.Scalar) -> Bool {
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func isNext(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    return end - position >= length
      && bytes[position..<position + length].elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: length))
  }

  private mutating func advance(overWord word: StaticString) -> Bool {
    guard isNext(word) else { return false }
    position += word.utf8CodeUnitCount
    return true
  }

  private mutating func takeIfNext(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return advance(over: character)
  }

  private mutating func take(
    _ character: Unicode.Scalar, or problem: @autoclosure () -> String
  ) throws(JSONError) {
    guard takeIfNext(character) else { throw failure("\(problem()), not \(found())") }
  }

  private mutating func digits(from start: Int) throws(JSONError) {
    let first = position
    while position < end, (0x30...0x39).contains(bytes[position]) { position += 1 }
    if position == first { throw failure("this isn't a number", at: start) }
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
    throw failure("the text in quotes doesn't end", at: start - 1)
  }

  private mutating func readEscape(into decoded: inout [UInt8]) throws(JSONError) {
    guard position < end else { throw failure("the text in quotes doesn't end") }
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
    default: throw failure("\\\(found(at: position - 1)) isn't an escape of JSON", at: position - 2)
    }
  }

  /// Reads what follows `\u`, with the second half of a surrogate pair.
  private mutating func readUnicodeEscape() throws(JSONError) -> String {
    let start = position - 2
    let first = try hexadecimal(from: start)
    if let scalar = Unicode.Scalar(first) { return String(Character(scalar)) }
    guard first < 0xDC00, advance(overWord: "\\u") else {
      throw failure("half of a surrogate pair stands alone", at: start)
    }
    let second = try hexadecimal(from: start)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + second - 0xDC00)
    else { throw failure("half of a surrogate pair stands alone", at: start) }
    return String(Character(scalar))
  }

  private mutating func hexadecimal(from start: Int) throws(JSONError) -> UInt32 {
    guard end - position >= 4,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits should follow \\u", at: start) }
    position += 4
    return value
  }

  // MARK: - Faults

  private func found(at offset: Int? = nil) -> String {
    let offset = offset ?? position
    guard offset < end else { return "the end" }
    let head = String(decoding: bytes[offset..<min(end, offset + 4)], as: UTF8.self)
    return head.unicodeScalars.first.map(SafeText.name(of:)) ?? "the end"
  }

  private func failure(_ problem: String, at offset: Int? = nil) -> JSONError {
    let offset = offset ?? position
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONError(
      line: before.count { $0 == 0x0A } + 1, column: offset - lineStart + 1, problem: problem)
  }
}

/// Text that isn't JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  public var line: Int
  /// In bytes, counted from 1.
  public var column: Int
  /// What is wrong there.
  public var problem: String

  /// The place and the problem.
  public var description: String {
    (line > 1 ? "line \(line), column \(column): " : "column \(column): ") + problem
  }
}

/// A number of JSON, as it was written.
public struct JSONNumber: Equatable, Sendable {
  /// The digits as they stood.
  public let text: String

  /// The number, if it is whole and fits; `3.0` and `3e0` aren't taken for 3.
  public var integer: Int? { Int(text) }

  /// The number, if it is finite as a `Double`.
  public var double: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}
