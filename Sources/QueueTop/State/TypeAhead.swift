/// Keys typed ahead. A key may apply to rows that the key before it requested, and reading them
/// takes a moment.
struct TypeAhead {
  /// The longest wait of a key for rows: "4r" retries the first dead job even on a slow disk.
  static let patience = Duration.milliseconds(300)

  private var inputs: [Input] = []
  private var since = Duration.zero

  var isEmpty: Bool { inputs.isEmpty }

  /// Appends keys.
  mutating func append(_ added: [Input], at now: Duration) {
    if inputs.isEmpty { since = now }
    inputs += added
  }

  /// Returns the next key that may be handled now; nil for none.
  /// - Parameter isAwaitingRows: whether the rows that it applies to are still being read.
  mutating func next(isAwaitingRows: Bool, at now: Duration) -> Input? {
    guard !inputs.isEmpty, !isAwaitingRows || now - since >= Self.patience else { return nil }
    return inputs.removeFirst()
  }

  /// Drops all keys.
  mutating func drop() { inputs = [] }
}
