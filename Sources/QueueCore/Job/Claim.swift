/// A job given to a worker, with all that is needed to run it.
@dynamicMemberLookup
public struct ClaimedJob: Equatable, Sendable {
  /// The fencing token: what the worker writes later must match it.
  public var run: RunID
  /// The run's name among all databases, handed to the job as `QUEUECTL_RUN_ID`.
  public var runName: String
  /// The job.
  public var id: JobID
  /// What was asked for, with its retries and its time limit settled.
  public var spec: JobSpec
  /// What it has used up of its chances before this run.
  public var tally: RetryBudget

  /// All of its parts.
  public init(
    run: RunID, runName: String, id: JobID, spec: JobSpec, tally: RetryBudget
  ) {
    self.run = run
    self.runName = runName
    self.id = id
    self.spec = spec
    self.tally = tally
  }

  /// A part of what was asked for.
  @inlinable
  public subscript<Value>(dynamicMember part: KeyPath<JobSpec, Value>) -> Value {
    spec[keyPath: part]
  }

  /// The number of this attempt, from 1; a lost or stopped run's number is used again.
  public var attempt: Int { tally.attempts + 1 }
}

/// What a worker that asks for a job is told.
public enum ClaimResult: Equatable, Sendable {
  /// Run this.
  case job(ClaimedJob)
  /// Nothing is ready; the next job is due after this time, nil when none is scheduled.
  case nothing(nextDue: Duration?)
  /// Claim no more: the worker was asked to stop.
  case stop(StopOrder)
  /// The worker isn't known any more: it was taken for dead, and has to register anew.
  case evicted
}

/// What a worker that reports a run is told.
public enum FinishResult: Equatable, Sendable {
  /// It is written down; with the answer to the claim that was made with it, if one was.
  /// `freesOthers`: jobs that waited for this one, or for room in its queue, may be ready now.
  case recorded(next: ClaimResult?, freesOthers: Bool = false)
  /// The same, but the job, which was to go on, was cancelled meanwhile: see
  /// ``Transition/cancelled``.
  case cancelled(next: ClaimResult?, freesOthers: Bool = false)
  /// The run isn't the worker's any more: nothing was changed.
  case superseded
}

/// How urgently a worker was asked to stop. The later case is the more urgent one.
public enum StopOrder: Int, Comparable, Sendable {
  /// Finish the job, then leave.
  case finishJob = 1
  /// End the job, put it back unspent, then leave.
  case endJob = 2

  /// Less urgent comes first.
  public static func < (left: StopOrder, right: StopOrder) -> Bool {
    left.rawValue < right.rawValue
  }
}
