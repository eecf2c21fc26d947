/// A random text that opens the site, or proves that a form came from it.
package struct Secret: Equatable, Sendable {
  package let text: String

  /// 128 random bits from the system, as 26 letters and digits.
  package init() {
    var generator = SystemRandomNumberGenerator()
    var text = ""
    for _ in 0..<26 {
      let index = Int(generator.next(upperBound: UInt64(Self.alphabet.count)))
      text.unicodeScalars.append(Unicode.Scalar(Self.alphabet[index]))
    }
    self.text = text
  }

  /// Parses a stored secret; nil if malformed.
  package init?(_ text: String) {
    guard text.utf8.count == 26, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
    self.text = text
  }

  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  /// Compares in constant time, so that timing doesn't reveal the first difference.
  package func matches(_ other: String?) -> Bool {
    guard let other else { return false }
    let (mine, theirs) = (Array(text.utf8), Array(other.utf8))
    guard mine.count == theirs.count else { return false }
    return zip(mine, theirs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  package static func == (one: Secret, other: Secret) -> Bool { one.matches(other.text) }
}
