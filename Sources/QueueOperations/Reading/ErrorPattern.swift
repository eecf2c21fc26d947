/// Reduces an error to the part that recurs: numbers, hexadecimal ids, UUIDs and quoted text become
/// `#`. Two errors that differ only there are one.
enum ErrorPattern {
  static func of(_ error: String) -> String {
    var pattern = ""
    var rest = Substring(error)
    while let first = rest.first {
      let end = endOfParticular(rest, after: pattern.last)
      if let end {
        if pattern.last != "#" { pattern.append("#") }
        rest = rest[end...]
      } else {
        // Words are kept whole: the end of one could look like an id.
        let word = first.isWordCharacter ? rest.prefix { $0.isWordCharacter } : rest.prefix(1)
        pattern += word.reduced
        rest = rest[word.endIndex...]
      }
    }
    return pattern
  }

  /// Returns the end of the quoted text or id at the start of `text`; nil if there is neither.
  private static func endOfParticular(
    _ text: Substring, after previous: Character?
  ) -> Substring.Index? {
    if let first = text.first, "\"'`".contains(first), previous?.isWordCharacter != true {
      let inside = text.dropFirst()
      return inside.firstIndex(of: first).map { inside.index(after: $0) }
    }
    guard previous?.isWordCharacter != true else { return nil }
    let word = text.prefix { $0.isWordCharacter || $0 == "-" }
    if word.count == 36, word.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12],
      word.allSatisfy({ $0.isHexDigit || $0 == "-" })
    {
      return word.endIndex
    }
    let run = text.prefix { $0.isWordCharacter }
    let digits = run.hasPrefix("0x") ? run.dropFirst(2) : run
    let isID =
      digits.count >= (run.hasPrefix("0x") ? 1 : 6) && digits.allSatisfy(\.isHexDigit)
      && digits.contains(where: \.isNumber)
    return isID ? run.endIndex : nil
  }
}

extension Character {
  fileprivate var isWordCharacter: Bool { isASCII && (isLetter || isNumber) }
}

extension Substring {
  /// Replaces each run of digits by `#`.
  fileprivate var reduced: String {
    var result = ""
    for character in self {
      let isDigit = character.isASCII && character.isNumber
      if isDigit, result.last == "#" { continue }
      result.append(isDigit ? "#" : character)
    }
    return result
  }
}
