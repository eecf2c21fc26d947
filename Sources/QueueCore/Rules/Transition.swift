/// What becomes of a job when a run of it has ended. Decided here, from values alone; a store only
/// writes it down.
public struct Transition: Equatable, Sendable {
  /// The job's next state.
  public var state: JobState
  /// Runs that ended by the job's own doing, this one included if it did.
  public var attempts: Int
  /// Runs in a row that were lost with their worker.
  public var crashes: Int
  /// How long it waits before it may run again; nil for at once, or never.
  public var delay: Duration?

  /// The decision.
  ///
  /// Success completes; a failure waits for its backoff while retries are left, and is buried (put
  /// into the dead letter queue) when none is, or its status isn't retried; a snoozed run waits
  /// without spending a retry; a stopped run goes back unspent; a lost one as
  /// ``afterLoss(_:policy:maxCrashes:)`` says. A cancelled one ends the job, and nothing is spent.
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

  /// What becomes of a job whose run was lost with its worker: nothing is spent. The first loss may
  /// be chance, so the job is ready at once. From the second in a row on it waits, without jitter,
  /// so that other jobs pass it; `maxCrashes` of them bury it.
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

  /// The same for a job that was cancelled while it ran: none of it is run again.
  public var cancelled: Transition {
    Transition(state: .cancelled, attempts: attempts, crashes: crashes)
  }
}
