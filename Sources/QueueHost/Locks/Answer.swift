/// The result of a query to the system.
public enum Answer: Equatable, Sendable {
  case yes
  case no
  /// It can't be determined, for this reason; retry later.
  case unknown(String)

  /// Creates a definite answer.
  public init(_ isSo: Bool) { self = isSo ? .yes : .no }
}
