/// The change of a job when a run has ended. A pure decision; a store only writes it.
public struct Transition: Equatable, Sendable {
  /// The next state.
  public var state: JobState
  /// Completed and failed runs, including this one if it counts.
  public var attempts: Int
  /// Lost runs in a row.
  public var crashes: Int
  /// The delay before the job may run again; nil for none.
  public var delay: Duration?

  /// Returns the transition after `end`.
  /// A failure backs off, or is dead once no retry is left or the policy refuses its status.
  /// Snoozed, stopped and cancelled runs spend no attempt.
  public static func after(
    _ end: RunEnd, tally: RetryBudget, policy: RetryPolicy, maxCrashes: Int,
    using generator: inout some RandomNumberGenerator
  ) -> Transition {
    switch end {
    case .exited(0), .accepted:
      return Transition(state: .completed, attempts: tally.attempts + 1, crashes: 0)
    case .exited, .signaled, .timedOut, .notStarted:
      let attempts = tally.attempts + 1
      guard attempts <= tally.maxRetries, policy.allowsRetry(after: end) else {
        return Transition(state: .dead, attempts: attempts, crashes: 0)
      }
      return Transition(
        state: .failed, attempts: attempts, crashes: 0,
        delay: policy.delay(afterAttempt: attempts, using: &generator))
    case .snoozed:
      return Transition(
        state: .failed, attempts: tally.attempts, crashes: 0, delay: policy.snoozeDelay)
    case .stopped:
      return Transition(state: .pending, attempts: tally.attempts, crashes: tally.crashes)
    case .cancelled:
      return Transition(state: .cancelled, attempts: tally.attempts, crashes: tally.crashes)
    case .lost:
      return afterLoss(tally, policy: policy, maxCrashes: maxCrashes)
    }
  }

  /// Returns the transition after a lost run, which spends no attempt.
  /// The first loss may be chance, so the job is ready at once. Further ones in a row back off
  /// without jitter, so that other jobs pass; at `maxCrashes` the job is dead.
  public static func afterLoss(
    _ tally: RetryBudget, policy: RetryPolicy, maxCrashes: Int
  ) -> Transition {
    let crashes = tally.crashes + 1
    if crashes >= maxCrashes {
      return Transition(state: .dead, attempts: tally.attempts, crashes: crashes)
    }
    guard tally.crashes > 0 else {
      return Transition(state: .pending, attempts: tally.attempts, crashes: crashes)
    }
    return Transition(
      state: .failed, attempts: tally.attempts, crashes: crashes,
      delay: policy.delay(afterCrashes: tally.crashes))
  }

  /// This transition for a job cancelled during its run: it never runs again.
  public var cancelled: Transition {
    Transition(state: .cancelled, attempts: attempts, crashes: crashes)
  }
}
