/// A claimed job with everything needed to run it.
@dynamicMemberLookup
public struct ClaimedJob: Equatable, Sendable {
  /// The fencing token: later writes of the worker must carry it.
  public var run: RunID
  /// The run's globally unique name, passed to the job as `QUEUECTL_RUN_ID`.
  public var runName: String
  /// The job's id.
  public var id: JobID
  /// The job's spec, with retries and timeout resolved.
  public var spec: JobSpec
  /// The retry budget used before this run.
  public var tally: RetryBudget
  /// The schedule that enqueued it; nil for none.
  public var origin: JobOrigin?

  /// Memberwise initializer.
  public init(
    run: RunID, runName: String, id: JobID, spec: JobSpec, tally: RetryBudget,
    origin: JobOrigin? = nil
  ) {
    self.run = run
    self.runName = runName
    self.id = id
    self.spec = spec
    self.tally = tally
    self.origin = origin
  }

  /// Reads a member of ``spec``.
  @inlinable
  public subscript<Value>(dynamicMember part: KeyPath<JobSpec, Value>) -> Value {
    spec[keyPath: part]
  }

  /// This attempt's number, from 1; lost, snoozed and stopped runs don't advance it.
  public var attempt: Int { tally.attempts + 1 }
}

/// The result of a claim.
public enum ClaimResult: Equatable, Sendable {
  case job(ClaimedJob)
  /// No job is ready; `nextDue` is the time until the next scheduled one, nil when none is.
  case nothing(nextDue: Duration?)
  /// The worker was asked to stop and must not claim again.
  case stop(StopOrder)
  /// The worker was evicted and must register again.
  case evicted
}

/// The result of finishing a run.
public enum FinishResult: Equatable, Sendable {
  /// Recorded, with the result of the claim made in the same step, if any.
  /// `freesOthers`: dependants, or jobs held back by the queue's running limit, may now be ready.
  case recorded(next: ClaimResult?, freesOthers: Bool = false)
  /// As `recorded`, but the job was cancelled before its next run; see ``Transition/cancelled``.
  case cancelled(next: ClaimResult?, freesOthers: Bool = false)
  /// The worker no longer owns the run; nothing was changed.
  case superseded
}

/// A request to stop; later cases are more urgent.
public enum StopOrder: Int, Comparable, Sendable {
  /// Finish the job, then exit.
  case finishJob = 1
  /// End the run, requeue its job without spending an attempt, then exit.
  case endJob = 2

  /// Orders by urgency.
  public static func < (left: StopOrder, right: StopOrder) -> Bool {
    left.rawValue < right.rawValue
  }
}
