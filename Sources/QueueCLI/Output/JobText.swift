import QueueCore

/// Distinguishes JSON from a shell command by its beginning.
enum JobText {
  /// In a shell, `{` and `[` are separate words: a space follows, then neither a key nor an object.
  static func looksLikeJSON(_ text: String) -> Bool {
    let bytes = text.utf8.drop { $0 <= 0x20 }
    guard let first = bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      return false
    }
    let rest = bytes.dropFirst()
    guard let second = rest.first else { return true }
    if second > 0x20 { return true }
    switch rest.first(where: { $0 > 0x20 }) {
    case UInt8(ascii: "\""): return first == UInt8(ascii: "{")
    case UInt8(ascii: "{"), UInt8(ascii: "]"): return first == UInt8(ascii: "[")
    case UInt8(ascii: "}"), nil: return true
    default: return false
    }
  }

  /// Whether it is one whole JSON object.
  static func isObject(_ text: String) -> Bool {
    var reader = JSONReader(Array(text.utf8))
    do {
      guard try reader.peek() == .object else { return false }
      try reader.skipValue()
      return reader.isAtEnd()
    } catch {
      return false
    }
  }
}
