/// One thing that comes from the terminal.
enum Input: Equatable, Sendable {
  case key(Key)
  /// Text that was pasted, all at once.
  case paste(String)
  /// A click, or the wheel, at a place counted from 0.
  case mouse(Mouse, Frame.Place)
  /// The terminal's answer to the question for its background.
  case background(Background)
}

/// A key, whatever bytes the terminal sends for it.
enum Key: Hashable, Sendable {
  case character(Character)
  /// With Control held: the letter, in lower case.
  case control(Character)
  case function(Int)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right, pageUp, pageDown, home, end
  /// A sequence that isn't known: does nothing, and none of its bytes does.
  case unknown
}

extension Key: ExpressibleByExtendedGraphemeClusterLiteral {
  init(extendedGraphemeClusterLiteral character: Character) { self = .character(character) }

  /// How the help, the footer and the guide write it.
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

/// What a mouse does.
enum Mouse: Equatable, Sendable { case click, wheelUp, wheelDown }
