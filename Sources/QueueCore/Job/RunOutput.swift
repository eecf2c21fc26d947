/// The parts of a run's output that a store on a server keeps for other hosts: its first and its
/// last bytes.
public struct RunOutput: Equatable, Sendable {
  /// The size of the whole output in bytes.
  public let size: Int
  /// The bytes at its start.
  public let head: [UInt8]
  /// The bytes at its end; empty if `head` is all.
  public let tail: [UInt8]

  /// Memberwise initializer.
  public init(size: Int, head: [UInt8], tail: [UInt8]) {
    self.size = size
    self.head = head
    self.tail = tail
  }
}
