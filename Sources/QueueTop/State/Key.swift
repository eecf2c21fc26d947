/// An input from the terminal.
enum Input: Equatable, Sendable {
  case key(Key)
  /// Pasted text.
  case paste(String)
  /// A click or a turn of the wheel, with its place.
  case mouse(Mouse, Frame.Place)
  /// The terminal's reply to the query of its background colour.
  case background(Background)
}

/// A key, independent of the bytes that the terminal sends.
enum Key: Hashable, Sendable {
  case character(Character)
  /// A letter with Control, in lower case.
  case control(Character)
  case function(Int)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right, pageUp, pageDown, home, end
  /// An unknown sequence. It has no effect; none of its bytes counts as a key.
  case unknown
}

extension Key: ExpressibleByExtendedGraphemeClusterLiteral {
  init(extendedGraphemeClusterLiteral character: Character) { self = .character(character) }

  /// Its name in help, footer and guide.
  var name: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let letter): "^" + letter.uppercased()
    case .function(let number): "F\(number)"
    default: Self.names[self] ?? "?"
    }
  }

  private static let names: [Key: String] = [
    .enter: "Enter", .escape: "Esc", .tab: "Tab", .backTab: "Shift-Tab", .up: "Up", .down: "Down",
    .left: "Left", .right: "Right", .pageUp: "PgUp", .pageDown: "PgDn", .home: "Home", .end: "End",
  ]
}

/// A mouse event.
enum Mouse: Equatable, Sendable { case click, wheelUp, wheelDown }
