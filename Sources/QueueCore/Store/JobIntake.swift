/// Enqueues, exports and imports jobs; every method is atomic, see ``JobStore``.
public protocol JobIntake: AnyObject {
  /// Stores every job from `next` in one transaction; jobs may depend on later ones.
  /// `each` is called per job, in order, maybe after later `next` calls; finally for refused jobs.
  /// `confirm` runs last. If one of them throws, nothing is stored and the error is rethrown.
  func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws
  /// Returns up to `limit` jobs with their history after `cursor`, in order of arrival.
  func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) throws(StoreError)
    -> ExportPage
  /// Imports every job from `next`, ``ExportedJob/atRest``, after existing ones in one transaction.
  /// `each` is called once per job, in order; again at the end for jobs with missing prerequisites.
  /// `schedules` runs last and returns the schedules to store with them.
  /// If one of them throws, nothing is stored and the error is rethrown.
  func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
    schedules: () throws -> [ScheduleAddition]
  ) throws
}

extension JobIntake {
  /// Imports jobs without schedules.
  public func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void
  ) throws {
    try importJobs(at: now, next: next, each: each, schedules: { [] })
  }
}

extension JobIntake {
  /// Stores every job from `next` in one transaction, without a confirmation.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void
  ) throws {
    try enqueue(at: now, settings: settings, next: next, each: each, confirm: {})
  }
}

/// The result of enqueuing or importing one job.
public enum EnqueueResult: Equatable, Sendable {
  /// Stored under this id.
  case added(JobID)
  /// The id is taken; the existing job is unchanged.
  case exists(JobID)
  /// The unique key is held by this unfinished job, which is unchanged.
  case keyTaken(String, by: JobID)
  /// Removed again before the commit; the reason is phrased to follow the job's name.
  case refused(JobID, reason: String)
}
