/// A job with its history, for moving it to another queue.
public struct ExportedJob: Equatable, Sendable {
  /// The spec, with id, timeout and retries resolved, and the unmet prerequisites.
  public var asked: NewJob
  /// The job's state.
  public var state: JobState
  /// Completed and failed runs.
  public var attempts: Int
  /// Lost runs in a row.
  public var crashes: Int
  /// When it was enqueued.
  public var createdAt: Timestamp
  /// When its state last changed.
  public var updatedAt: Timestamp
  /// Progress reported by the latest run; nil for none.
  public var progress: JobProgress?
  /// Its runs, oldest first, numbered as in the source queue.
  public var runs: [Run]

  /// Creates the export of a stored job, ``atRest``.
  /// - Throws: ``InvalidJob`` for an invalid job; stored jobs never are.
  public init(_ job: Job, crashes: Int, runs: [Run]) throws(InvalidJob) {
    asked = try NewJob(id: job.id, job.spec, prerequisites: job.prerequisites)
    state = job.state
    attempts = job.attempts
    self.crashes = crashes
    createdAt = job.createdAt
    updatedAt = job.updatedAt
    progress = job.progress
    self.runs = runs
    self = atRest
  }

  init(
    asked: NewJob, state: JobState, attempts: Int, crashes: Int, createdAt: Timestamp,
    updatedAt: Timestamp, progress: JobProgress?, runs: [Run]
  ) {
    self.asked = asked
    self.state = state
    self.attempts = attempts
    self.crashes = crashes
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.progress = progress
    self.runs = runs
  }

  /// The job in the form another queue imports: if processing, made pending without its open run.
  public var atRest: ExportedJob {
    guard state == .processing else { return self }
    var job = self
    job.state = .pending
    job.runs.removeAll { $0.finishedAt == nil }
    return job
  }
}

/// Jobs in order of arrival, and the cursor of the next page.
public struct ExportPage: Equatable, Sendable {
  /// At most as many as requested.
  public var jobs: [ExportedJob]
  /// The cursor of the next page; nil at the end.
  public var next: JobPage.Cursor?

  /// Memberwise initializer.
  public init(jobs: [ExportedJob], next: JobPage.Cursor?) {
    self.jobs = jobs
    self.next = next
  }
}
