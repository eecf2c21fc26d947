/// Writes JSON into bytes, in the order in which it is told.
public struct JSONWriter {
  /// What was written so far: valid UTF-8, without control characters but the line ends asked for.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// An empty text.
  public init() {}

  /// Forgets what was written, so that the space can be used again.
  public mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Hands over what was written so far, and goes on behind it.
  public mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// `{`, whatever `members` writes, `}`.
  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    nested(open: "{", close: "}", members)
  }

  /// `[`, whatever `elements` writes, `]`.
  public mutating func array(_ elements: (inout JSONWriter) -> Void) {
    nested(open: "[", close: "]", elements)
  }

  /// A key; the value must follow.
  public mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key that isn't known beforehand; the value must follow.
  public mutating func key(text: String) {
    value(text)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Text, escaped where JSON asks for it. DEL and C1 controls are escaped too, so that JSON
  /// printed on a terminal is inert.
  public mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars { append(scalar) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A whole number.
  public mutating func value(_ number: some FixedWidthInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  /// A finite number; whole ones without a fraction.
  public mutating func value(_ number: Double) {
    separate()
    let whole = Int64(exactly: number)
    bytes.append(contentsOf: (whole.map(String.init) ?? String(number)).utf8)
  }

  /// `true` or `false`.
  public mutating func value(_ flag: Bool) {
    separate()
    bytes.append(contentsOf: (flag ? "true" : "false").utf8)
  }

  /// A time, in ISO 8601.
  public mutating func value(_ time: Timestamp) { value(time.iso8601) }

  /// `null`.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// A line end, where white space is allowed.
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
    case ..<0x20, 0x7F...0x9F:
      let digits = String(scalar.value, radix: 16)
      bytes.append(
        contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    case ..<0x80: bytes.append(UInt8(scalar.value))
    default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }
}

extension JSONWriter {
  /// A key with text, or with `null`.
  public mutating func field(_ key: StaticString, _ text: String?) {
    self.key(key)
    if let text { value(text) } else { null() }
  }

  /// A key with a whole number, or with `null`.
  public mutating func field(_ key: StaticString, _ number: Int?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// A key with a number, or with `null`.
  public mutating func field(_ key: StaticString, _ number: Double?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// A key with a rate or a share, to a millionth; or with `null`.
  public mutating func field(_ key: StaticString, rate: Double?) {
    field(key, rate.map { ($0 * 1_000_000).rounded() / 1_000_000 })
  }

  /// A key with `true` or `false`.
  public mutating func field(_ key: StaticString, _ truth: Bool) {
    self.key(key)
    value(truth)
  }

  /// A key with an array of texts.
  public mutating func field(_ key: StaticString, _ texts: [String]) {
    self.key(key)
    array { json in texts.forEach { json.value($0) } }
  }

  /// A key with a time, or with `null`.
  public mutating func field(_ key: StaticString, _ time: Timestamp?) {
    self.key(key)
    if let time { value(time) } else { null() }
  }
}
