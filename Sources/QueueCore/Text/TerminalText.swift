/// Makes untrusted text safe to print: it can't break lines, set colours or move the cursor.
public enum TerminalText {
  /// Replaces everything that a terminal might interpret.
  /// Control characters become `^X`, DEL `^?`, newlines `↵`, tabs a space. C1 controls and
  /// characters that have no width or change direction become `·`.
  public static func sanitized(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t": result.append(" ")
      case "\n", "\r": result.append("↵")
      case "\u{7F}": result.append(contentsOf: "^?".unicodeScalars)
      case "\u{00}"..."\u{1F}":
        result.append("^")
        result.append(Unicode.Scalar(UInt8(scalar.value + 0x40)))
      default: result.append(isInvisible(scalar) ? "·" : scalar)
      }
    }
    return String(result)
  }

  /// Sanitizes, quotes and cuts a text to 60 characters, for messages.
  public static func quoted(_ text: String) -> String {
    let limit = 60
    // Count scalars, because one character can combine any number of them.
    let scalars = text.unicodeScalars
    let isLong = !scalars.dropFirst(limit).isEmpty
    let shown = isLong ? String(scalars.prefix(limit - 1)) + "…" : text
    return "\"\(sanitized(shown))\""
  }

  /// Returns a printable name of a character: `"/"`, `a space`, `U+202E`.
  static func name(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case " ": return "a space"
    case "\n": return "a line end"
    case "\t": return "a tab"
    case "\u{21}"..."\u{7E}": return "\"\(scalar)\""
    default:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }

  /// Whether a character has no width, changes direction, or has no meaning.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .privateUse,
      .unassigned:
      true
    default: false
    }
  }
}

extension String.StringInterpolation {
  /// Appends text as ``TerminalText/quoted(_:)``.
  public mutating func appendInterpolation(quoted text: String) {
    appendLiteral(TerminalText.quoted(text))
  }
}
