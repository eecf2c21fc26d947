/// A position in JSON bytes: consumes tokens and locates errors.
struct JSONCursor {
  let bytes: [UInt8]
  var position: Int
  let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The current byte; nil at the end.
  var byte: UInt8? { position < end ? bytes[position] : nil }

  mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// Consumes `character` if it is the current byte.
  mutating func advance(over character: Unicode.Scalar) -> Bool {
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  func isNext(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    return end - position >= length
      && bytes[position..<position + length].elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: length))
  }

  mutating func advance(overWord word: StaticString) -> Bool {
    guard isNext(word) else { return false }
    position += word.utf8CodeUnitCount
    return true
  }

  /// Skips white space, then consumes `character` if it is next.
  mutating func takeIfNext(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return advance(over: character)
  }

  /// Skips white space, then consumes `character` or throws.
  mutating func take(
    _ character: Unicode.Scalar, or problem: @autoclosure () -> String
  ) throws(JSONError) {
    guard takeIfNext(character) else { throw failure("\(problem()), not \(found())") }
  }

  /// Consumes one or more digits of the number that starts at `start`.
  mutating func digits(from start: Int) throws(JSONError) {
    let first = position
    while position < end, (0x30...0x39).contains(bytes[position]) { position += 1 }
    if position == first { throw failure("invalid number", at: start) }
  }

  // MARK: - Faults

  /// Describes the character at `offset` for a message.
  func found(at offset: Int? = nil) -> String {
    let offset = offset ?? position
    guard offset < end else { return "the end" }
    let head = String(decoding: bytes[offset..<min(end, offset + 4)], as: UTF8.self)
    return head.unicodeScalars.first.map(TerminalText.name(of:)) ?? "the end"
  }

  func failure(_ problem: String, at offset: Int? = nil) -> JSONError {
    let offset = offset ?? position
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONError(
      line: before.count { $0 == 0x0A } + 1, column: offset - lineStart + 1, problem: problem)
  }
}

/// A JSON syntax error and its position.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line number, from 1.
  public var line: Int
  /// Column in bytes, from 1.
  public var column: Int
  /// The error, without its position.
  public var problem: String

  /// Position and error; the line is omitted when it is 1.
  public var description: String {
    (line > 1 ? "line \(line), column \(column): " : "column \(column): ") + problem
  }
}
