/// How far a key moves in rows, wherever there are some: in a list, in a log.
enum Motion: Equatable, Sendable {
  /// Down, or up where it is negative.
  case by(Int)
  case toFirst, toLast

  /// Nil for a key that doesn't move.
  /// - Parameter page: how many rows are shown at once.
  init?(_ key: Key, page: Int) {
    let page = max(1, page)
    switch key {
    case .up, .character("k"): self = .by(-1)
    case .down, .character("j"): self = .by(1)
    case .pageUp, .control("b"): self = .by(-page)
    case .pageDown, .control("f"): self = .by(page)
    case .control("u"): self = .by(-max(1, page / 2))
    case .control("d"): self = .by(max(1, page / 2))
    case .home, .character("g"): self = .toFirst
    case .end, .character("G"): self = .toLast
    default: return nil
    }
  }
}
