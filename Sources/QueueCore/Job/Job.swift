/// A job as it is shown: what was asked for, where it stands, and its latest attempt.
@dynamicMemberLookup
public struct Job: Equatable, Sendable {
  /// Its name, unique in the database.
  public var id: JobID
  /// What was asked for, with its retries and its time limit settled.
  public var spec: JobSpec
  /// Where it is in its life.
  public var state: JobState
  /// Runs that ended by the job's own doing; lost and stopped runs aren't counted.
  public var attempts: Int
  /// The jobs that have to end before it may run, ``mostPrerequisites`` or a few more.
  public var waitsFor: [UnmetPrerequisite] = []
  /// How many others have to end, which aren't in ``waitsFor``.
  public var morePrerequisites = 0
  /// When it was enqueued.
  public var createdAt: Timestamp
  /// When its state last changed, or what it waited for last ended.
  public var updatedAt: Timestamp
  /// Its latest attempt; nil before the first. Of a job that was put back it is history, see
  /// ``error``.
  public var latestRun: Run?
  /// What its latest run said of itself; nil for nothing.
  public var progress: JobProgress?

  /// More unmet prerequisites aren't read when a job is shown; they are counted.
  public static let mostPrerequisites = 1000

  /// A job that was never run, as a new one is.
  public init(
    id: JobID, spec: JobSpec, state: JobState, attempts: Int, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.spec = spec
    self.state = state
    self.attempts = attempts
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// A part of what was asked for.
  @inlinable
  public subscript<Value>(dynamicMember part: WritableKeyPath<JobSpec, Value>) -> Value {
    get { spec[keyPath: part] }
    set { spec[keyPath: part] = newValue }
  }

  /// How many more runs it gets after a first failure.
  public var maxRetries: Int {
    get { spec.maxRetries ?? 0 }
    set { spec.maxRetries = newValue }
  }

  /// What isn't met yet of what has to end before it.
  var prerequisites: [Prerequisite] {
    waitsFor.map { Prerequisite(reference: $0.job.text, accepts: $0.accepts) }
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
        problem: "has a name that is empty or holds \"=\" or NUL: \(quoted: name)")
    }
    guard !value.utf8.contains(0) else {
      throw InvalidJob(
        field: "env", problem: "has a NUL in the value of \(quoted: name)")
    }
    self.name = name
    self.value = value
  }
}
