/// How jobs come into a queue, and go to another one.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol JobIntake: AnyObject {
  /// Stores every job that `next` gives, in one step.
  ///
  /// Jobs may wait for others of the same step, in any order. `each` hears of each job in turn,
  /// though maybe only after some more were given, and at the end again of those that have to be
  /// refused because of what they wait for. `confirm` has the last word. If one of the three
  /// throws, nothing is stored and the error goes on to the caller.
  func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws
  /// All jobs with their history, in the order in which they were enqueued: at most `limit`, after
  /// `cursor`.
  func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) throws(StoreError)
    -> ExportPage
  /// Stores jobs as they were in another queue, behind those that are here: all that `next` gives,
  /// in one step.
  ///
  /// They are taken ``ExportedJob/atRest``. `each` hears of each in turn, and at the end again of
  /// those that wait for a job that isn't here. If `next` or `each` throws, nothing is stored and
  /// the error goes on to the caller.
  func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void
  ) throws
}

extension JobIntake {
  /// Stores every job that `next` gives, in one step, whatever `each` hears.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void
  ) throws {
    try enqueue(at: now, settings: settings, next: next, each: each, confirm: {})
  }
}

/// What became of one job that was to be stored.
public enum EnqueueResult: Equatable, Sendable {
  /// It is stored under this id.
  case added(JobID)
  /// The id is taken; the stored job is as it was.
  case exists(JobID)
  /// The key is taken by this job, which is unfinished; it is as it was.
  case keyTaken(String, by: JobID)
  /// It was stored, and is taken out again, for this reason: the rest of a sentence that starts
  /// with the job.
  case refused(JobID, reason: String)
}
