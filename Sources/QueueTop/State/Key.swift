/// One thing that comes from the terminal.
enum Input: Equatable, Sendable {
  case key(Key)
  /// Text that was pasted, all at once.
  case paste(String)
  /// A click, or the wheel, at a place counted from 0.
  case mouse(Mouse, Frame.Place)
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

/// What a mouse does.
enum Mouse: Equatable, Sendable { case click, wheelUp, wheelDown }
