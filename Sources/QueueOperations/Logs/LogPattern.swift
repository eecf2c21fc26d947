import QueueCore

/// A search text for logs. It matches their displayed text, ignoring case.
package struct LogPattern: Equatable, Sendable {
  package let text: String
  private let wanted: [Unicode.Scalar]
  /// The same as bytes; nil unless it is ASCII.
  private let bytes: [UInt8]?

  package init(_ text: String) {
    self.text = text
    wanted = TerminalText.sanitized(text).unicodeScalars.map(Self.folded)
    bytes = wanted.allSatisfy(\.isASCII) ? wanted.map { UInt8($0.value) } : nil
  }

  package var isEmpty: Bool { wanted.isEmpty }

  /// Returns the matches in an inert text as ranges of Unicode scalars that don't overlap.
  package func ranges(in text: String) -> [Range<Int>] {
    guard !isEmpty else { return [] }
    let scalars = text.unicodeScalars.map(Self.folded)
    var ranges: [Range<Int>] = []
    var start = 0
    while start + wanted.count <= scalars.count {
      if scalars[start] == wanted[0], scalars[start..<start + wanted.count].elementsEqual(wanted) {
        ranges.append(start..<start + wanted.count)
        start += wanted.count
      } else {
        start += 1
      }
    }
    return ranges
  }

  /// Returns false if the displayed text of those bytes can't match: a fast filter for searches.
  func mayBe(in content: ArraySlice<UInt8>) -> Bool {
    guard let bytes, let first = bytes.first else { return !isEmpty }
    let (hasBlank, hasCaret) = (bytes.contains(0x20), bytes.contains(UInt8(ascii: "^")))
    return content.withUnsafeBufferPointer { content in
      for (index, byte) in content.enumerated() {
        if byte < 0x20 || byte == 0x7F {
          // Displayed as `^X`, or as a blank: a match may begin there, or contain it.
          if byte == 0x09 ? hasBlank : hasCaret || first == Self.folded(byte ^ 0x40) { return true }
          continue
        }
        guard Self.folded(byte) == first, index + bytes.count <= content.count else { continue }
        if bytes.indices.allSatisfy({ Self.folded(content[index + $0]) == bytes[$0] }) {
          return true
        }
      }
      return false
    }
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// The lower case if it is a single scalar, so that ranges stay valid; else the scalar itself.
  private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.isASCII { return Unicode.Scalar(folded(UInt8(scalar.value))) }
    let lower = scalar.properties.lowercaseMapping.unicodeScalars
    return lower.count == 1 ? lower.first ?? scalar : scalar
  }
}
