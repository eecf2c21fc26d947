/// A job as it is shown: what was asked for, where it stands, and its latest attempt.
public struct Job: Equatable, Sendable {
  /// Its name, unique in the database.
  public var id: JobID
  /// What was asked for.
  public var command: String
  /// Where it is in its life.
  public var state: JobState
  /// Runs that ended by the job's own doing; lost and stopped runs aren't counted.
  public var attempts: Int
  /// How many more runs it gets after a first failure.
  public var maxRetries: Int
  /// The queue it waits in.
  public var queue: String
  /// Higher is claimed first; first come, first served within one priority.
  public var priority: Int
  /// The time before which it isn't run: as asked for, or the end of its backoff. Nil: at once.
  public var runAt: Timestamp?
  /// The jobs that have to end before it may run.
  public var waitsFor: [UnmetPrerequisite]
  /// While it is unfinished, no other job with this key may be; nil for none.
  public var uniqueKey: String?
  /// How long one run may take; nil for no limit.
  public var timeout: Duration?
  /// The directory it runs in; nil for the worker's own.
  public var directory: String?
  /// Variables added to the worker's environment, in the order given.
  public var environment: [EnvironmentVariable]
  /// What it says of its own failures.
  public var retryRules = RetryRules()
  /// When it was enqueued.
  public var createdAt: Timestamp
  /// When its state last changed, or what it waited for last ended.
  public var updatedAt: Timestamp
  /// Its latest attempt; nil before the first. Of a job that was put back it is history, see
  /// ``error``.
  public var latestRun: Attempt?
  /// What its latest run said of itself; nil for nothing.
  public var progress: JobProgress?

  /// A job that was never run, as a new one is.
  public init(
    id: JobID, command: String, state: JobState, attempts: Int, maxRetries: Int, queue: String,
    priority: Int, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.command = command
    self.state = state
    self.attempts = attempts
    self.maxRetries = maxRetries
    self.queue = queue
    self.priority = priority
    self.waitsFor = []
    self.environment = []
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

extension Job {
  /// What its latest run ended of. Nil for a job that was put back since: its failure belongs to
  /// its history. One that waits again as its run was stopped or lost still says so.
  public var error: String? {
    guard state == .pending, let run = latestRun else { return latestRun?.error }
    let wasGivenBack = run.end == .stopped || run.end == .lost
    return wasGivenBack && run.finishedAt == updatedAt ? run.error : nil
  }

  /// The exit status that stands for how the job ended, as the command's own would: 0 for
  /// completed; of a dead one that of its last run, or 1 where that has none; 130 for cancelled, as
  /// for a command that ^C ended. Nil while it is unfinished.
  public var exitStatus: Int? {
    switch state {
    case .pending, .processing, .failed: nil
    case .completed: 0
    case .dead: (latestRun?.end?.shellStatus ?? 1) & 0xFF
    case .cancelled: 130
    }
  }
}

/// One variable of a job's environment.
public struct EnvironmentVariable: Equatable, Sendable {
  /// Not empty, without `=` and NUL.
  public let name: String
  /// Without NUL; may be empty.
  public let value: String

  /// Those that a worker sets for each run.
  public static let setByQueue: Set = [
    "QUEUECTL_DB", "QUEUECTL_JOB_ID", "QUEUECTL_ATTEMPT", "QUEUECTL_RUN_ID", "QUEUECTL_QUEUE",
  ]

  /// A variable that a user gives a job.
  /// - Throws: ``InvalidJob`` for one that a worker would set anew as well.
  public init(given name: String, value: String) throws(InvalidJob) {
    guard !Self.setByQueue.contains(name) else {
      throw InvalidJob(field: "env", problem: "can't have \(name): queuectl sets it for each run")
    }
    try self.init(name: name, value: value)
  }

  /// - Throws: ``InvalidJob`` when the kernel couldn't pass the variable on.
  public init(name: String, value: String) throws(InvalidJob) {
    guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0) else {
      throw InvalidJob(
        field: "env",
        problem: "has a name that is empty or holds \"=\" or NUL: \(SafeText.quoted(name))")
    }
    guard !value.utf8.contains(0) else {
      throw InvalidJob(field: "env", problem: "has a NUL in the value of \(SafeText.quoted(name))")
    }
    self.name = name
    self.value = value
  }
}
