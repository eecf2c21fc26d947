/// Percent-encoding of paths, queries and forms.
/// Source: <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>
enum PercentCoding {
  /// Encodes all but unreserved bytes; the result fits anywhere in a URL.
  static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      if isUnreserved(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }

  /// Returns nil for an incomplete `%`, NUL, or invalid UTF-8.
  /// - Parameter plusIsBlank: whether `+` is a blank, as in queries and forms.
  static func decoded(_ text: Substring, plusIsBlank: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~".utf8.contains(byte)
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// The decoded fields of a query or form.
package struct FormFields: Equatable, Sendable {
  private let pairs: [(name: String, value: String)]

  package init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  /// Decodes `a=1&b=two+words`; nil if malformed or with more than 300 fields.
  package init?(_ text: Substring) {
    var pairs: [(String, String)] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decoded(parts[0], plusIsBlank: true),
        let value = PercentCoding.decoded(parts.count == 2 ? parts[1] : "", plusIsBlank: true)
      else { return nil }
      pairs.append((name, value))
      guard pairs.count <= Self.most else { return nil }
    }
    self.pairs = pairs
  }

  /// The most fields of a form, above the rows of a page.
  package static let most = 300

  /// The first value of a field; nil if it is missing.
  package subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// The names of the fields, in order.
  package var names: [String] { pairs.map(\.name) }

  /// All values of a field, in order.
  package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  package static func == (one: FormFields, other: FormFields) -> Bool {
    one.pairs.elementsEqual(other.pairs) { $0.name == $1.name && $0.value == $1.value }
  }
}
