/// A machine with PID and time namespaces: processes of one site see each other's pids and locks.
///
/// The host name isn't part of it. Two machines may share one, and one machine may change it.
public struct Site: Hashable, Sendable {
  /// Identifies the machine; has no blank.
  public let machine: String
  /// The namespaces' names, as the kernel writes them.
  public let namespaces: String

  /// Memberwise initializer.
  public init(machine: String, namespaces: String) {
    self.machine = machine
    self.namespaces = namespaces
  }

  /// Reads ``text``; nil for the text of an older version, which has namespaces alone.
  public init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, !parts[0].contains("[") else { return nil }
    self.init(machine: String(parts[0]), namespaces: String(parts[1]))
  }

  /// `MACHINE NAMESPACES`.
  public var text: String { "\(machine) \(namespaces)" }
}
