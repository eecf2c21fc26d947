/// What the system answers to a question about this machine.
public enum Answer: Equatable, Sendable {
  /// It is so.
  case yes
  /// It isn't.
  case no
  /// It can't be told, for this reason, which proves neither: ask again.
  case unknown(String)

  /// An answer that is known.
  public init(_ isSo: Bool) { self = isSo ? .yes : .no }
}
