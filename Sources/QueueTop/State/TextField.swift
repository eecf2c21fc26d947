/// A line of text being typed.
struct TextField: Equatable, Sendable {
  private(set) var text = ""
  /// The position of the next character, in characters.
  private(set) var cursor = 0

  /// Creates a field with a text and the cursor at its end.
  init(_ text: String = "") {
    self.text = text
    cursor = text.count
  }

  private static let longest = 200

  /// Inserts text at the cursor. Line ends and tabs become blanks; other control characters are
  /// dropped.
  mutating func insert(_ added: String) {
    for scalar in added.unicodeScalars where text.unicodeScalars.count < Self.longest {
      if scalar.value < 0x20 || scalar.value == 0x7F {
        guard scalar == "\n" || scalar == "\t" else { continue }
        insert(" ")
        continue
      }
      let index = text.index(text.startIndex, offsetBy: cursor)
      let before = text.count
      text.unicodeScalars.insert(scalar, at: index)
      // A combining character joins the one before it, so the count may stay the same.
      cursor += text.count - before
    }
  }

  /// Applies an editing key; returns false for any other key.
  mutating func handle(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace:
      if cursor > 0 {
        cursor -= 1
        removeAtCursor()
      }
    case .delete: if cursor < text.count { removeAtCursor() }
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(text.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = text.count
    case .control("u"):
      text = String(text.dropFirst(cursor))
      cursor = 0
    case .control("w"): removeWord()
    default: return false
    }
    return true
  }

  private mutating func removeAtCursor() {
    text.remove(at: text.index(text.startIndex, offsetBy: cursor))
  }

  private mutating func removeWord() {
    while cursor > 0, text.prefix(cursor).last == " " { _ = handle(.backspace) }
    while cursor > 0, text.prefix(cursor).last != " " { _ = handle(.backspace) }
  }
}
