/// How far a key moves in rows, wherever there are some: in a list, in a log.
enum CursorMove: Equatable, Sendable {
  /// Down, or up where it is negative.
  case by(Int)
  case toFirst, toLast
}
