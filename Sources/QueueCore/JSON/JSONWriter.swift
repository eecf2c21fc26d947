/// A streaming JSON writer.
public struct JSONWriter {
  /// The output so far: valid UTF-8, without control characters except those of ``lineEnd()``.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Creates an empty writer.
  public init() {}

  /// Discards the output but keeps its capacity.
  public mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Returns the output so far and continues the same document.
  public mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// Writes an object; `members` writes its members.
  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    nested(open: "{", close: "}", members)
  }

  /// Writes an array; `elements` writes its elements.
  public mutating func array(_ elements: (inout JSONWriter) -> Void) {
    nested(open: "[", close: "]", elements)
  }

  /// Writes a key without escaping it; its value must follow.
  public mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a key, escaped; its value must follow.
  public mutating func key(text: String) {
    value(text)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes an escaped string. Also escapes DEL, C1 controls and characters that have no width or
  /// change direction, with which text could deceive on a terminal.
  public mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars { append(scalar) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes an integer.
  public mutating func value(_ number: some FixedWidthInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  /// Writes a finite number; whole numbers get no fraction.
  public mutating func value(_ number: Double) {
    separate()
    let whole = Int64(exactly: number)
    bytes.append(contentsOf: (whole.map(String.init) ?? String(number)).utf8)
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) {
    separate()
    bytes.append(contentsOf: (flag ? "true" : "false").utf8)
  }

  /// Writes a time as an ISO 8601 string.
  public mutating func value(_ time: Timestamp) { value(time.iso8601) }

  /// Writes `null`.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a newline; only valid between tokens.
  public mutating func lineEnd() {
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func nested(
    open: Unicode.Scalar, close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void
  ) {
    separate()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22: bytes.append(contentsOf: "\\\"".utf8)
    case 0x5C: bytes.append(contentsOf: "\\\\".utf8)
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0x0D: bytes.append(contentsOf: "\\r".utf8)
    case 0x09: bytes.append(contentsOf: "\\t".utf8)
    case ..<0x20, 0x7F: appendEscaped(scalar)
    case ..<0x80: bytes.append(UInt8(scalar.value))
    case _ where TerminalText.isInvisible(scalar): appendEscaped(scalar)
    default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
    for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
      let digits = String(unit, radix: 16)
      bytes.append(
        contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    }
  }
}

extension JSONWriter {
  /// Writes a key with a string or `null`.
  public mutating func field(_ key: StaticString, _ text: String?) {
    self.key(key)
    if let text { value(text) } else { null() }
  }

  /// Writes a key with an integer or `null`.
  public mutating func field(_ key: StaticString, _ number: Int?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// Writes a key with a number or `null`.
  public mutating func field(_ key: StaticString, _ number: Double?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// Writes a key with a rate or share, rounded to six decimals, or `null`.
  public mutating func field(_ key: StaticString, rate: Double?) {
    field(key, rate.map { ($0 * 1_000_000).rounded() / 1_000_000 })
  }

  /// Writes a key with `true` or `false`.
  public mutating func field(_ key: StaticString, _ truth: Bool) {
    self.key(key)
    value(truth)
  }

  /// Writes a key with an array of strings.
  public mutating func field(_ key: StaticString, _ texts: [String]) {
    self.key(key)
    array { json in texts.forEach { json.value($0) } }
  }

  /// Writes a key with a time or `null`.
  public mutating func field(_ key: StaticString, _ time: Timestamp?) {
    self.key(key)
    if let time { value(time) } else { null() }
  }
}
