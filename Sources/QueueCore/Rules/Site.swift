/// A machine with PID and time namespaces: processes of one site see each other's pids and locks.
/// Two users of a queue on a server have different locks, and so different sites.
///
/// The host name isn't part of it. Two machines may share one, and one machine may change it.
public struct Site: Hashable, Sendable {
  /// Identifies the machine; has no blank.
  public let machine: String
  /// The namespaces' names, as the kernel writes them.
  public let namespaces: String
  /// Identifies the directory with the locks; nil if it is beside the database.
  public let locks: String?

  /// Memberwise initializer.
  /// - Parameter locks: contains neither a blank nor `@`.
  public init(machine: String, namespaces: String, locks: String? = nil) {
    self.machine = machine
    self.namespaces = namespaces
    self.locks = locks
  }

  /// Reads ``text``; nil for the text of an older version, which has namespaces alone.
  public init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, !parts[0].contains("[") else { return nil }
    let names = parts[0].split(separator: "@", maxSplits: 1)
    guard let machine = names.first else { return nil }
    self.init(
      machine: String(machine), namespaces: String(parts[1]),
      locks: names.count == 2 ? String(names[1]) : nil)
  }

  /// `MACHINE NAMESPACES`, or `MACHINE@LOCKS NAMESPACES`.
  public var text: String { "\(machine)\(locks.map { "@\($0)" } ?? "") \(namespaces)" }

  /// Whether process ids mean the same at both sites.
  package func sharesProcesses(with other: Site) -> Bool {
    machine == other.machine && namespaces == other.namespaces
  }
}
