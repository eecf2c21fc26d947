import CLinux
import Glibc

/// The width of text in terminal columns.
public enum TextWidth {
  /// Returns the columns of `text`, which must not contain control characters.
  public static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  /// Cuts a text longer than `width` columns, with an ellipsis.
  public static func cut(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    guard width > 0 else { return "" }
    var result = String.UnicodeScalarView()
    var used = 0
    for scalar in text.unicodeScalars {
      let next = of(scalar)
      if used + next > width - 1 { break }
      result.append(scalar)
      used += next
    }
    return String(result) + "…"
  }

  /// Cuts the middle of a text longer than `width` columns, with an ellipsis.
  public static func cutMiddle(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    var end = text.unicodeScalars[...]
    while of(String(end)) > (width - 1) / 2 { end.removeFirst() }
    return cut(text, to: width - of(String(end))) + String(end)
  }

  /// 0 for combining characters, 2 for wide ones.
  static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    useLocale()
    return max(0, Int(clinux_display_width(scalar.value)))
  }

  /// The C library's tables and curses need a UTF-8 locale; this one always exists.
  static func useLocale() { _ = hasLocale }

  private static let hasLocale = setlocale(LC_CTYPE, "C.UTF-8") != nil
}
