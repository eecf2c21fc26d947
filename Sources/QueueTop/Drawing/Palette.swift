/// The colours of letters: which of the terminal's, so that they can be read on its background.
///
/// The first eight colours differ from terminal to terminal. From 256 colours on, the fixed ones
/// are used instead.
enum Palette {
  /// One colour of the terminal.
  struct Color: Equatable, Sendable {
    /// -1 for the terminal's default.
    let number: Int
    /// Whether it is only readable in bold letters, which are brighter.
    var isBold = false
  }

  /// - Parameter colors: how many the terminal has; 0 for none.
  static func color(of ink: Style.Ink, on background: Background, colors: Int) -> Color {
    let isFixed = colors >= 256
    // None of the first eight is dark enough on every white, in bold, too.
    guard colors >= 8, isFixed || background == .dark else { return Color(number: -1) }
    return switch (ink, background) {
    case (.plain, _): Color(number: -1)
    case (.faint, .dark): Color(number: isFixed ? 245 : -1)
    case (.faint, .light): Color(number: 242)
    case (.blue, .dark): Color(number: isFixed ? 44 : 6)
    case (.blue, .light): Color(number: 25)
    case (.yellow, .dark): isFixed ? Color(number: 220) : Color(number: 3, isBold: true)
    case (.yellow, .light): Color(number: 94)
    case (.red, .dark): isFixed ? Color(number: 203) : Color(number: 1, isBold: true)
    case (.red, .light): Color(number: 160)
    }
  }
}
