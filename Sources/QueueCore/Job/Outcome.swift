/// How one run of a job ended. A job that fails is data, not a thrown error.
public enum Outcome: Equatable, Sendable {
  /// By itself, with this status; 0 is success.
  case exited(Int)
  /// By a signal that we didn't send.
  case signaled(Int)
  /// Ended by us, as it took longer than it may.
  case timedOut(limit: Duration)
  /// The command couldn't be started. The status is what a shell would give: 126 or 127.
  case notStarted(status: Int, reason: String)
  /// By itself, with a status by which the job says "not now".
  case snoozed(Int)
  /// Ended by us, as the worker was told to stop now.
  case stopped
  /// Ended by us, as its user cancelled the job.
  case cancelled
  /// Its worker died or stalled; how it ended isn't known.
  case lost

  /// Whether the job did what it was asked to do.
  public var isSuccess: Bool { self == .exited(0) }

  /// Why it failed, in a few words; nil for success.
  public var reason: String? {
    switch self {
    case .exited(0): nil
    case .exited(126): "exit status 126 (can't be executed)"
    case .exited(127): "exit status 127 (command not found)"
    case .exited(let status): "exit status \(status)"
    case .signaled(let signal): "\(Self.signalReason)\(signal)"
    case .timedOut(let limit): "timed out after \(limit.text)"
    case .notStarted(_, let reason): reason
    case .snoozed(let status): "exit status \(status) (not now)"
    case .stopped: "stopped with its worker"
    case .cancelled: "cancelled"
    case .lost: "worker lost"
    }
  }

  private static let signalReason = "killed by signal "

  /// The signal that an error tells of whose reason is that of ``signaled(_:)``; nil for any other.
  static func signal(inError error: String) -> Int? {
    guard error.hasPrefix(signalReason) else { return nil }
    return Int(error.dropFirst(signalReason.count).prefix { $0.isASCII && $0.isNumber })
  }

  /// The exit status that a shell would report of it; nil where there is none.
  public var exitCode: Int? {
    switch self {
    case .exited(let status), .snoozed(let status), .notStarted(let status, _): status
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
}

/// What is recorded of a run when it has ended.
public struct RunReport: Equatable, Sendable {
  /// How it ended.
  public var outcome: Outcome
  /// From start to end, by the uptime clock.
  public var elapsed: Duration
  /// Processor time of it and of the children it waited for; nil if it never started.
  public var cpuTime: Duration?
  /// The largest memory of one of its processes, in bytes; nil if it never started.
  public var peakMemoryBytes: Int?
  /// The last line it wrote, for the error of a failed run.
  public var lastLine: String?

  /// All of its parts.
  public init(
    outcome: Outcome, elapsed: Duration, cpuTime: Duration? = nil, peakMemoryBytes: Int? = nil,
    lastLine: String? = nil
  ) {
    self.outcome = outcome
    self.elapsed = elapsed
    self.cpuTime = cpuTime
    self.peakMemoryBytes = peakMemoryBytes
    self.lastLine = lastLine
  }

  /// Why it failed, with the last line it wrote where there is one; nil for success.
  public var error: String? {
    outcome.reason.map { reason in lastLine.map { "\(reason): \($0)" } ?? reason }
  }
}
