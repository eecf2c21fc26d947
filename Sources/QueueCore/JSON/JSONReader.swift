/// A pull parser for JSON: strict RFC 8259, but trailing bytes are the caller's to check.
/// Hand-written to locate errors, detect duplicate keys and build no tree; see docs/decisions.md.
public struct JSONReader {
  /// The kind of a value; raw values are its name in messages.
  public enum Kind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "text"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
  }

  private var cursor: JSONCursor
  private var depth = 0

  private static let deepest = 100

  /// Creates a reader of UTF-8 `bytes`, or of a `range` of them.
  public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    cursor = JSONCursor(bytes, in: range ?? 0..<bytes.count)
  }

  /// Returns the kind of the next value without consuming it.
  public mutating func peek() throws(JSONError) -> Kind {
    cursor.skipSpace()
    guard let byte = cursor.byte else {
      throw cursor.failure("expected a value, not the end")
    }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t") where cursor.isNext("true"),
      UInt8(ascii: "f") where cursor.isNext("false"):
      return .boolean
    case UInt8(ascii: "n") where cursor.isNext("null"): return .null
    default: throw cursor.failure("expected a value, not \(cursor.found())")
    }
  }

  /// Reads an object. `member` is called after each key and must read its value.
  public mutating func readObject<Failure: Error>(
    _ member: (_ key: String, _ reader: inout JSONReader) throws(Failure) -> Void
  ) throws {
    try cursor.take("{", or: "expected an object")
    if cursor.takeIfNext("}") { return }
    repeat {
      cursor.skipSpace()
      guard cursor.byte == UInt8(ascii: "\"") else {
        throw cursor.failure("expected a key in double quotes, not \(cursor.found())")
      }
      let key = try readString()
      try cursor.take(":", or: "expected \":\" after the key \(quoted: key)")
      try member(key, &self)
    } while cursor.takeIfNext(",")
    try cursor.take("}", or: "expected \",\" or \"}\"")
  }

  /// Reads an array. `element` is called before each element and must read it.
  public mutating func readArray<Failure: Error>(
    _ element: (_ reader: inout JSONReader) throws(Failure) -> Void
  ) throws {
    try cursor.take("[", or: "expected an array")
    if cursor.takeIfNext("]") { return }
    repeat { try element(&self) } while cursor.takeIfNext(",")
    try cursor.take("]", or: "expected \",\" or \"]\"")
  }

  /// Reads a string and resolves its escapes.
  public mutating func readString() throws(JSONError) -> String { try cursor.takeText() }

  /// Reads a number as text, so the caller can reject fractions and overflow.
  public mutating func readNumber() throws(JSONError) -> JSONNumber {
    cursor.skipSpace()
    let start = cursor.position
    _ = cursor.advance(over: "-")
    if !cursor.advance(over: "0") { try cursor.digits(from: start) }
    if cursor.advance(over: ".") { try cursor.digits(from: start) }
    if cursor.advance(over: "e") || cursor.advance(over: "E") {
      if !cursor.advance(over: "+") { _ = cursor.advance(over: "-") }
      try cursor.digits(from: start)
    }
    return JSONNumber(text: String(decoding: cursor.bytes[start..<cursor.position], as: UTF8.self))
  }

  /// Reads `true` or `false`.
  public mutating func readBoolean() throws(JSONError) -> Bool {
    cursor.skipSpace()
    if cursor.advance(overWord: "true") { return true }
    if cursor.advance(overWord: "false") { return false }
    throw cursor.failure("expected true or false, not \(cursor.found())")
  }

  /// Reads `null`.
  public mutating func readNull() throws(JSONError) {
    cursor.skipSpace()
    guard cursor.advance(overWord: "null") else {
      throw cursor.failure("expected null, not \(cursor.found())")
    }
  }

  /// Skips a value of any kind and returns its byte range.
  @discardableResult
  public mutating func skipValue() throws -> Range<Int> {
    let kind = try peek()
    let start = cursor.position
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
    return start..<cursor.position
  }

  /// Limits nesting to protect the stack.
  private mutating func enter(_ body: (inout JSONReader) throws -> Void) throws {
    guard depth < Self.deepest else { throw cursor.failure("nested too deeply") }
    depth += 1
    try body(&self)
    depth -= 1
  }

  /// Whether only white space is left.
  public mutating func isAtEnd() -> Bool {
    cursor.skipSpace()
    return cursor.byte == nil
  }

  /// Throws unless only white space is left.
  public mutating func expectEnd() throws(JSONError) {
    cursor.skipSpace()
    if cursor.byte != nil {
      throw cursor.failure("expected the end, not \(cursor.found())")
    }
  }
}

/// A JSON number as written.
public struct JSONNumber: Equatable, Sendable {
  /// The number's text.
  public let text: String

  /// The integer value, if it fits. Accepts `3.0`, as some writers emit only floats, and `3e0` up
  /// to 2^53, beyond which a `Double` isn't exact.
  public var integer: Int? {
    guard !hasExponent else {
      return double.flatMap { abs($0) <= 0x1p53 ? Int(exactly: $0) : nil }
    }
    let parts = text.split(separator: ".", maxSplits: 1)
    guard parts.count < 2 || parts[1].allSatisfy({ $0 == "0" }) else { return nil }
    return parts.first.flatMap { Int($0) }
  }

  private var hasExponent: Bool { text.contains { $0 == "e" || $0 == "E" } }

  /// The number without an exponent.
  public var plainText: String {
    guard hasExponent else { return text }
    return integer.map(String.init) ?? double.map { "\($0)" } ?? text
  }

  /// The value as `Double`, if finite.
  public var double: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}
