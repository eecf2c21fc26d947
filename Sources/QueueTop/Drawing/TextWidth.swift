import CLinux
import Glibc

/// How many columns of a terminal a text takes.
public enum TextWidth {
  /// The columns of `text`; it must hold no control characters.
  public static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  /// The text, cut to `width` columns with an ellipsis where it is longer.
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

  /// 0 for what is drawn upon the character before it, 2 for wide ones.
  static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    useLocale()
    return max(0, Int(clinux_display_width(scalar.value)))
  }

  /// The C library's tables, and curses, need a UTF-8 locale. This one is always there.
  static func useLocale() { _ = hasLocale }

  private static let hasLocale = setlocale(LC_CTYPE, "C.UTF-8") != nil
}
