/// The processes that still live of a run whose command has ended, or whose worker is gone.
public enum Leftovers: Equatable, Sendable {
  /// The run is over.
  case none
  /// These live.
  case processes([LeftoverProcess])
  /// The system didn't let us look; the reason. It proves nothing: look again.
  case unknown(String)

  /// The processes or the reason, in a few words; nil for none.
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

/// One process of a run.
public struct LeftoverProcess: Equatable, Sendable, CustomStringConvertible {
  /// Its number.
  public var pid: Int32
  /// The user that it runs as; nil when the system doesn't tell.
  public var uid: UInt32?

  /// Both parts.
  public init(pid: Int32, uid: UInt32?) {
    self.pid = pid
    self.uid = uid
  }

  /// The number and the user.
  public var description: String { "\(pid) (uid \(uid.map { "\($0)" } ?? "unknown"))" }
}
