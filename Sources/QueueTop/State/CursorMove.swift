/// A movement in the rows of a list or log.
enum CursorMove: Equatable, Sendable {
  /// Down, or up if negative.
  case by(Int)
  case toFirst, toLast
}
