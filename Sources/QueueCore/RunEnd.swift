/// How one run of a job ended. A job that fails is data, not a thrown error.
public enum RunEnd: Equatable, Sendable {
  /// By itself, with this status; 0 is success.
  case exited(Int)
  /// By a signal that queuectl didn't send.
  case signaled(Int)
  /// Ended by its worker, because it exceeded its time limit.
  case timedOut
  /// The command couldn't be started. The status is the one a shell would report: 126 or 127.
  case notStarted(Int)
  /// By itself, with a status by which the job says "not now".
  case snoozed(Int)
  /// Ended by its worker, which was told to stop at once.
  case stopped
  /// Ended by its worker, because a user cancelled the job.
  case cancelled
  /// Its worker died or stalled; how the run ended isn't known.
  case lost

  /// Whether the job did what it was asked to do.
  public var isSuccess: Bool { self == .exited(0) }

  /// The exit status that a shell would report of it; nil where there is none.
  public var exitCode: Int? {
    switch self {
    case .exited(let status), .snoozed(let status), .notStarted(let status): status
    case .signaled, .timedOut, .stopped, .cancelled, .lost: nil
    }
  }

  /// The word that history has for it.
  public var word: String {
    switch self {
    case .exited(0): "completed"
    case .exited: "failed"
    case .signaled: "killed"
    case .timedOut: "timed out"
    case .notStarted: "not started"
    case .snoozed: "snoozed"
    case .stopped: "stopped"
    case .cancelled: "cancelled"
    case .lost: "lost"
    }
  }

  /// Why the run failed, in a few words; nil for success.
  public var reason: String? {
    switch self {
    case .exited(0): nil
    case .exited(126): "exit status 126 (can't be executed)"
    case .exited(127): "exit status 127 (command not found)"
    case .exited(let status): "exit status \(status)"
    case .signaled(let signal): "\(Self.signalReason)\(signal)"
    case .snoozed(let status): "exit status \(status) (not now)"
    case .stopped: "stopped with its worker"
    case .lost: "worker lost"
    case .timedOut, .notStarted, .cancelled: word
    }
  }

  private static let signalReason = "killed by signal "

  /// The signal that an error tells of whose reason is that of ``signaled(_:)``; nil for any other.
  static func signal(inError error: String) -> Int? {
    guard error.hasPrefix(signalReason) else { return nil }
    return Int(error.dropFirst(signalReason.count).prefix { $0.isASCII && $0.isNumber })
  }
}
