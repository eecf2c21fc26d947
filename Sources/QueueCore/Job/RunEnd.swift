/// How a run ended. A failed job is data, not a thrown error.
public enum RunEnd: Equatable, Sendable {
  /// Exited with this status; 0 is success.
  case exited(Int)
  /// Exited with a status other than 0 that the job counts as success.
  case accepted(Int)
  /// Killed by a signal that queuectl didn't send.
  case signaled(Int)
  /// Killed by its worker after its timeout.
  case timedOut
  /// The command couldn't start; the status a shell would report, 126 or 127.
  case notStarted(Int)
  /// Exited with a status that snoozes the job.
  case snoozed(Int)
  /// Ended by its worker, which was told to stop at once.
  case stopped
  /// Ended by its worker because a user cancelled the job.
  case cancelled
  /// Its worker died or stalled; the outcome is unknown.
  case lost

  /// The end of a run that its worker didn't start, because it can't set the job's limits; such a
  /// run has no CPU time. Another worker may.
  public static let refused = RunEnd.snoozed(126)

  /// Whether the run succeeded.
  public var isSuccess: Bool {
    switch self {
    case .exited(0), .accepted: true
    default: false
    }
  }

  /// The exit status, also that of a command that couldn't start; nil without one.
  public var exitCode: Int? {
    switch self {
    case .exited(let status), .accepted(let status), .snoozed(let status), .notStarted(let status):
      status
    case .signaled, .timedOut, .stopped, .cancelled, .lost: nil
    }
  }

  /// The signal that killed the run; nil without one.
  public var signal: Int? {
    if case .signaled(let signal) = self { signal } else { nil }
  }

  /// The status a shell reports: ``exitCode``, 128 + signal, or 124 for a timeout; nil otherwise.
  /// Source: <https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html>
  public var shellStatus: Int? {
    if self == .timedOut { return Self.timeoutStatus }
    return exitCode ?? signal.map { Self.signalBase + $0 }
  }

  /// The ``shellStatus`` of a timeout.
  public static let timeoutStatus = 124
  /// Added to a signal in ``shellStatus``.
  public static let signalBase = 128

  /// The outcome as stored in the history.
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

  /// Whether the job waits without spending a retry.
  public var isSnooze: Bool { if case .snoozed = self { true } else { false } }

  /// A short description, also for success.
  public var summary: String {
    if case .accepted(let status) = self { return "completed, exit status \(status)" }
    return reason ?? word
  }

  /// The failure in a few words; nil for success.
  public var reason: String? {
    switch self {
    case .exited(0), .accepted: nil
    case .exited(126): "exit status 126 (can't be executed)"
    case .exited(127): "exit status 127 (command not found)"
    case .exited(let status): "exit status \(status)"
    case .signaled(let signal): "\(Self.signalReason)\(signal)"
    case .snoozed(let status): "exit status \(status) (snoozed)"
    case .stopped: "stopped with its worker"
    case .lost: "worker lost"
    case .timedOut, .notStarted, .cancelled: word
    }
  }

  private static let signalReason = "killed by signal "
}

extension RunEnd {
  /// Parses an end as stored in the history.
  /// - Parameter error: names the signal in records of versions without a signal column.
  /// - Returns: nil for an unknown word or a missing status or signal.
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
