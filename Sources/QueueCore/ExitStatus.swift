extension Job {
  /// The exit status that stands for how the job ended, as the command's own would: 0 for completed; of a dead one that of its last
  /// run; 130 for cancelled, as for a command that ^C ended. Nil while it is unfinished.
  public var exitStatus: Int? {
    switch state {
    case .pending, .processing, .failed: nil
    case .completed: 0
    case .dead: latestRun?.exitStatus ?? 1
    case .cancelled: 130
    }
  }
}

extension Attempt {
  /// The exit status that stands for how a run failed: its own; 128 and the signal that killed it, as shells say it; 124 for one that took too
  /// long, as `timeout` says it. Nil when none of these is known, as of a run that was lost.
  public var exitStatus: Int? {
    if let exitCode { return exitCode & 0xFF }
    if outcome == RunEnd.timedOut.word { return Self.timeoutStatus }
    return error.flatMap(RunEnd.signal(inError:)).map { Self.signalBase + $0 }
  }

  static let timeoutStatus = 124
  static let signalBase = 128
}
