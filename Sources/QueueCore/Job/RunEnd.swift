/// How one run of a job ended. A job that fails is data, not a thrown error.
public enum RunEnd: Equatable, Sendable {
  /// By itself, with this status; 0 is success.
  case exited(Int)
  /// By itself, with a status other than 0 that the job counts as success.
  case accepted(Int)
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
  public var isSuccess: Bool {
    switch self {
    case .exited(0), .accepted: true
    default: false
    }
  }

  /// The exit status of the command, or the one a shell would report of a command that it can't
  /// start; nil where there is none.
  public var exitCode: Int? {
    switch self {
    case .exited(let status), .accepted(let status), .snoozed(let status), .notStarted(let status):
      status
    case .signaled, .timedOut, .stopped, .cancelled, .lost: nil
    }
  }

  /// The signal that ended the run; nil where none did.
  public var signal: Int? {
    if case .signaled(let signal) = self { signal } else { nil }
  }

  /// The exit status by the shell's conventions: ``exitCode``; 128 and the signal that killed the
  /// run; 124, as `timeout` exits, for one that took too long. Nil for an end that isn't the job's
  /// own doing.
  /// Source: <https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html>
  public var shellStatus: Int? {
    if self == .timedOut { return Self.timeoutStatus }
    return exitCode ?? signal.map { Self.signalBase + $0 }
  }

  /// The ``shellStatus`` of a run that took too long.
  public static let timeoutStatus = 124
  /// What ``shellStatus`` adds to a signal.
  public static let signalBase = 128

  /// The word that history has for it.
  public var word: String {
    switch self {
    case .exited(0), .accepted: "completed"
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

  /// How it ended, in a few words, whether that is a success or not.
  public var summary: String {
    if case .accepted(let status) = self { return "completed with \(status)" }
    return reason ?? word
  }

  /// Why the run failed, in a few words; nil for success.
  public var reason: String? {
    switch self {
    case .exited(0), .accepted: nil
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
}

extension RunEnd {
  /// Reads an end as history records it.
  /// - Parameter error: holds the signal where none is recorded, as in the runs and the exports of
  ///   versions that recorded it there alone.
  /// - Returns: nil for an unknown word, or one without its exit status or signal.
  public init?(word: String, exitCode: Int?, signal: Int?, error: String?) {
    switch (word, exitCode, signal ?? error.flatMap(Self.signal(inError:))) {
    case ("completed", let status?, _) where status != 0: self = .accepted(status)
    case ("completed", _, _): self = .exited(0)
    case ("failed", let status?, _): self = .exited(status)
    case ("killed", _, let signal?): self = .signaled(signal)
    case ("timed out", _, _): self = .timedOut
    case ("not started", let status?, _): self = .notStarted(status)
    case ("snoozed", let status?, _): self = .snoozed(status)
    case ("stopped", _, _): self = .stopped
    case ("cancelled", _, _): self = .cancelled
    case ("lost", _, _): self = .lost
    default: return nil
    }
  }

  private static func signal(inError error: String) -> Int? {
    guard error.hasPrefix(signalReason) else { return nil }
    return Int(error.dropFirst(signalReason.count).prefix { $0.isASCII && $0.isNumber })
  }
}
