/// The colours of text, chosen for contrast with the terminal's background.
///
/// The first eight colours differ between terminals. With 256 colours, the fixed ones are used
/// instead.
enum Palette {
  /// One colour of the terminal.
  struct Color: Equatable, Sendable {
    /// -1 for the terminal's default.
    let number: Int
    /// Whether it is only legible in bold, which is brighter.
    var isBold = false
  }

  /// - Parameter colors: the number of the terminal's colours; 0 for none.
  static func color(of ink: Style.Ink, on background: Background, colors: Int) -> Color {
    let isFixed = colors >= 256
    // None of the first eight is dark enough on every white background, even in bold.
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
