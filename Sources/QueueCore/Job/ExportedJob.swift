/// A job with all that is known of it, to be moved from one queue into another.
public struct ExportedJob: Equatable, Sendable {
  /// What was asked for, with its id, its time limit and its retries settled, and what it still
  /// waits for.
  public var asked: NewJob
  /// Where it stands.
  public var state: JobState
  /// Runs that ended by its own doing.
  public var attempts: Int
  /// Runs in a row that were lost with their worker.
  public var crashes: Int
  /// When it was enqueued.
  public var createdAt: Timestamp
  /// When its state last changed.
  public var updatedAt: Timestamp
  /// What its latest run said of itself; nil for nothing.
  public var progress: JobProgress?
  /// Its runs, oldest first. Their numbers are those of the queue that it comes from.
  public var runs: [Run]

  /// A job as a store has it, ``atRest``.
  /// - Throws: ``InvalidJob`` for what no new job can be, which no queue holds.
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

  /// The job as another queue can take it up: one that is being run waits again, and the run that
  /// goes on elsewhere isn't known.
  public var atRest: ExportedJob {
    guard state == .processing else { return self }
    var job = self
    job.state = .pending
    job.runs.removeAll { $0.finishedAt == nil }
    return job
  }
}

/// Jobs in the order in which they were enqueued, and where to go on.
public struct ExportPage: Equatable, Sendable {
  /// At most as many as were asked for.
  public var jobs: [ExportedJob]
  /// What to hand in for the jobs after these; nil when there are no more.
  public var next: JobPage.Cursor?

  /// A page.
  public init(jobs: [ExportedJob], next: JobPage.Cursor?) {
    self.jobs = jobs
    self.next = next
  }
}
