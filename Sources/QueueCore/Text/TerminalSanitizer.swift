/// Sanitizes a byte stream for a terminal, chunk by chunk.
/// Keeps newlines and tabs; see ``TerminalText`` for the rest.
public struct TerminalSanitizer: Sendable {
  /// Held back: an incomplete UTF-8 sequence, or a CR that an LF may follow.
  private var rest: [UInt8] = []
  /// Whether the next output begins a line.
  public private(set) var isAtLineStart = true

  /// Creates a sanitizer at the start of a stream.
  public init() {}

  /// Returns the next bytes as text.
  public mutating func text(_ bytes: [UInt8]) -> String {
    let all = rest + bytes
    let cut = all.count - Self.unfinished(all)
    rest = Array(all[cut...])
    return sanitized(all[..<cut])
  }

  /// Returns the held-back bytes at the end of the stream.
  public mutating func end() -> String {
    defer { rest = [] }
    return sanitized(rest[...])
  }

  private mutating func sanitized(_ bytes: ArraySlice<UInt8>) -> String {
    guard let last = bytes.last else { return "" }
    isAtLineStart = last == Self.lineFeed
    return bytes.split(separator: Self.lineFeed, omittingEmptySubsequences: false).map { line in
      let isWhole = line.endIndex < bytes.endIndex
      let text = isWhole && line.last == Self.carriageReturn ? line.dropLast() : line
      return String(decoding: text, as: UTF8.self).split(
        separator: "\t", omittingEmptySubsequences: false
      ).map { TerminalText.sanitized(String($0)) }.joined(separator: "\t")
    }.joined(separator: "\n")
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Returns the number of trailing bytes that may continue in the next chunk.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    if bytes.last == carriageReturn { return 1 }
    for length in 1...3 where length <= bytes.count {
      let byte = bytes[bytes.count - length]
      switch byte {
      case 0x80...0xBF: continue
      case 0xC0...0xDF: return length < 2 ? length : 0
      case 0xE0...0xEF: return length < 3 ? length : 0
      case 0xF0...0xF7: return length
      default: return 0
      }
    }
    return 0
  }
}
