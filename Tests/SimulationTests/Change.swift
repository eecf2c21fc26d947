import QueueCore

/// What a call made of the queue, or may have.
enum Change {
  case enqueued([NewJob], [EnqueueResult], Settings, at: Moment)
  case registered(WorkerID, SimulatedProcess, begun: Duration, at: Moment)
  /// All workers were asked to stop.
  case stoppedAll(at: Moment)
  case renewed(WorkerID, RenewResult, at: Moment)
  case claimed(WorkerID, ClaimResult, at: Moment)
  case finished(RunID, by: WorkerID, RunReport, Transition, FinishResult, at: Moment)
  case evicted(WorkerRecord)
  case released(WorkerID, maxCrashes: Int, ReclaimedJob?, at: Moment)
  case retried(JobSelection, JobEdit?, SelectionStep)
  /// The jobs as they were found.
  case cancelled([Job], at: Moment)
  case removed(SelectionStep)
  case edited(SelectionStep, JobEdit, at: Moment)
  case restored([ExportedJob], [EnqueueResult], at: Moment)
  case paused(Bool, QueueSelection)
  case limited(Int?, queue: String)
  /// Runs were ordered to pause or to go on, or did.
  case freezing([JobID])
  case scheduleAdded(Schedule, at: Moment)
  case scheduleChanged(Schedule, at: Moment)
  case scheduleRemoved(String)
  case scheduleRun(String, JobID, Settings, at: Moment)
  case advanced([ScheduleAdvance], Settings, at: Moment)
  /// Nothing that jobs would feel: a worker left or was asked to stop, a setting was changed.
  case other

  /// Whether all is to be checked after it. The calls of an idle worker are so many that what they
  /// may have done is left to be found with the next call that does something.
  var isWorthALook: Bool {
    switch self {
    case .renewed: false
    case .claimed: claimed != nil
    case .enqueued, .registered, .stoppedAll, .finished, .evicted, .released, .retried,
      .cancelled, .removed, .edited, .restored, .paused, .limited, .freezing, .other,
      .scheduleAdded,
      .scheduleChanged, .scheduleRemoved, .scheduleRun, .advanced:
      true
    }
  }

  /// When it was made; nil for one that time means nothing to.
  var moment: Moment? {
    switch self {
    case .enqueued(_, _, _, let now), .registered(_, _, _, let now), .stoppedAll(let now),
      .renewed(_, _, let now), .claimed(_, _, let now), .finished(_, _, _, _, _, let now),
      .released(_, _, _, let now),
      .cancelled(_, let now), .edited(_, _, let now), .restored(_, _, let now),
      .scheduleAdded(_, let now), .scheduleChanged(_, let now), .scheduleRun(_, _, _, let now),
      .advanced(_, _, let now):
      now
    case .evicted, .retried, .removed, .paused, .limited, .freezing, .other, .scheduleRemoved: nil
    }
  }

  /// The job that was given to the caller.
  var claimed: ClaimedJob? {
    switch self {
    case .claimed(_, .job(let job), _), .finished(_, _, _, _, .recorded(.job(let job), _), _),
      .finished(_, _, _, _, .cancelled(.job(let job), _), _):
      job
    default: nil
    }
  }
}
