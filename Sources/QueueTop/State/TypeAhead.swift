/// What was typed and isn't done yet: a key may be about rows that the one before it asked for, and
/// those take a moment to be read.
struct TypeAhead {
  /// How long keys wait for rows, so that who types "4r" means the first dead job, however slow the
  /// disk.
  static let patience = Duration.milliseconds(300)

  private var inputs: [Input] = []
  private var since = Duration.zero

  var isEmpty: Bool { inputs.isEmpty }

  /// Puts more behind it.
  mutating func append(_ added: [Input], at now: Duration) {
    if inputs.isEmpty { since = now }
    inputs += added
  }

  /// The next that may be done now; nil for none.
  /// - Parameter isAwaitingRows: whether the rows that it would be about are yet to come.
  mutating func next(isAwaitingRows: Bool, at now: Duration) -> Input? {
    guard !inputs.isEmpty, !isAwaitingRows || now - since >= Self.patience else { return nil }
    return inputs.removeFirst()
  }

  /// Forgets all of it.
  mutating func drop() { inputs = [] }
}
