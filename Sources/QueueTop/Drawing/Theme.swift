/// The characters that the terminal can draw.
public struct Theme: Equatable, Sendable {
  /// Whether it shows Unicode.
  public var isUnicode: Bool
  /// Whether its font has block elements; the Linux console's often lacks them.
  public var hasBlocks: Bool

  /// Unicode with block elements.
  public static let unicode = Theme(isUnicode: true, hasBlocks: true)
  /// ASCII only.
  public static let ascii = Theme(isUnicode: false, hasBlocks: false)

  /// The theme according to the environment.
  ///
  /// Reads the variables instead of calling `setlocale`: even a locale that isn't installed tells
  /// what the terminal shows.
  public init(locale: (all: String?, characters: String?, language: String?), terminal: String) {
    let names = [locale.all, locale.characters, locale.language].compactMap { $0 }
    let name = (names.first { !$0.isEmpty } ?? "").lowercased()
    isUnicode = name.contains("utf-8") || name.contains("utf8")
    hasBlocks = isUnicode && !terminal.hasPrefix("linux")
  }

  private init(isUnicode: Bool, hasBlocks: Bool) {
    self.isUnicode = isUnicode
    self.hasBlocks = hasBlocks
  }

  /// Replaces a character that the terminal can't draw by one of the same width.
  func fold(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
    if isUnicode || scalar.isASCII { return String.UnicodeScalarView([scalar]) }
    let known: Unicode.Scalar? =
      switch scalar {
      case "─": "-"
      case "│": "|"
      case "┌", "┐", "└", "┘": "+"
      case "…": "~"
      case "·": "."
      case "↵": "|"
      case "▼": "v"
      case "▲", "↑": "^"
      default: nil
      }
    if let known { return String.UnicodeScalarView([known]) }
    return String.UnicodeScalarView(
      Array(repeating: "?" as Unicode.Scalar, count: TextWidth.of(scalar)))
  }

  /// A bar from empty (0) to full (7).
  func bar(_ level: Int) -> Character {
    let bars: [Character] =
      hasBlocks
      ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : ["_", ".", "-", ":", "=", "+", "*", "#"]
    return bars[max(0, min(bars.count - 1, level))]
  }
}
