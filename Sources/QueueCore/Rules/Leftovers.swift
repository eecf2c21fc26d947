/// Live processes of a run whose command has ended or whose worker is gone.
public enum Leftovers: Equatable, Sendable {
  case none
  case processes([LeftoverProcess])
  /// The system refused the lookup, for this reason. Proves nothing; retry.
  case unknown(String)

  /// The processes or the reason, for messages; nil for none.
  public var text: String? {
    switch self {
    case .none: return nil
    case .unknown(let reason): return reason
    case .processes(let processes):
      let names = processes.prefix(Self.mostNamed).map(\.description).joined(separator: ", ")
      let rest = processes.count - Self.mostNamed
      let more = rest > 0 ? " and \(rest) more" : ""
      return (processes.count == 1 ? "process " : "processes ") + names + more
    }
  }

  private static let mostNamed = 5
}

/// A leftover process of a run.
public struct LeftoverProcess: Equatable, Sendable, CustomStringConvertible {
  /// Its process id.
  public var pid: Int32
  /// Its user id; nil if unknown.
  public var uid: UInt32?

  /// Memberwise initializer.
  public init(pid: Int32, uid: UInt32?) {
    self.pid = pid
    self.uid = uid
  }

  /// The process id and user id.
  public var description: String { "\(pid) (uid \(uid.map { "\($0)" } ?? "unknown"))" }
}
