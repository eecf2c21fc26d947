/// A stored job: its spec, state and latest run.
@dynamicMemberLookup
public struct Job: Equatable, Sendable {
  /// The id, unique in the database.
  public var id: JobID
  /// The spec, with retries and timeout resolved.
  public var spec: JobSpec
  /// The job's state.
  public var state: JobState
  /// Completed and failed runs; lost, stopped and snoozed runs don't count.
  public var attempts: Int
  /// Unmet prerequisites: at most ``mostPrerequisites``, plus a few that can't be met any more.
  public var waitsFor: [UnmetPrerequisite] = []
  /// The number of unmet prerequisites missing from ``waitsFor``.
  public var morePrerequisites = 0
  /// When it was enqueued.
  public var createdAt: Timestamp
  /// When its state last changed or a prerequisite last ended.
  public var updatedAt: Timestamp
  /// The latest run; nil before the first. Once the job is requeued it is history; see ``error``.
  public var latestRun: Run?
  /// Progress reported by the latest run; nil for none.
  public var progress: JobProgress?
  /// The schedule that enqueued it; nil for none.
  public var origin: JobOrigin?

  /// The limit of prerequisites read with a job; the rest are counted.
  public static let mostPrerequisites = 1000

  /// Creates a job without runs.
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

  /// Reads or writes a member of ``spec``.
  @inlinable
  public subscript<Value>(dynamicMember part: WritableKeyPath<JobSpec, Value>) -> Value {
    get { spec[keyPath: part] }
    set { spec[keyPath: part] = newValue }
  }

  /// Retries after the first failure.
  public var maxRetries: Int {
    get { spec.maxRetries ?? 0 }
    set { spec.maxRetries = newValue }
  }

  var prerequisites: [Prerequisite] {
    waitsFor.map { Prerequisite(reference: $0.job.text, accepts: $0.accepts) }
  }
}

extension Job {
  /// When its run was frozen; nil unless it is.
  public var frozenSince: Timestamp? {
    state == .processing ? latestRun?.freeze?.frozenSince : nil
  }

  /// The latest run's error. Nil once the job is retried by hand, as the failure is history then.
  /// Kept when a stopped or lost run requeued the job.
  public var error: String? {
    guard state == .pending, let run = latestRun else { return latestRun?.error }
    let wasGivenBack = run.end == .stopped || run.end == .lost
    return wasGivenBack && run.finishedAt == updatedAt ? run.error : nil
  }

  /// The exit status that stands for the job's end; nil while unfinished.
  /// 0 if completed; the last run's status, or 1, if dead; 130 (SIGINT) if cancelled.
  public var exitStatus: Int? {
    switch state {
    case .pending, .processing, .failed: nil
    case .completed: 0
    case .dead: (latestRun?.end?.shellStatus ?? 1) & 0xFF
    case .cancelled: 130
    }
  }
}

/// An environment variable of a job.
public struct EnvironmentVariable: Equatable, Sendable {
  /// Not empty, without `=` and NUL.
  public let name: String
  /// Without NUL; may be empty.
  public let value: String

  /// Variables that the worker sets for runs, some of them only for some jobs.
  public static let setByQueue: Set = [
    "QUEUECTL_DB", "QUEUECTL_JOB_ID", "QUEUECTL_ATTEMPT", "QUEUECTL_RUN_ID", "QUEUECTL_QUEUE",
    "QUEUECTL_SCHEDULE", "QUEUECTL_SCHEDULED_FOR", "QUEUECTL_MISSED", "QUEUECTL_BIN", mark,
  ]

  /// Set to ``inherited`` for a job that runs with the environment it was enqueued in.
  public static let mark = "QUEUECTL_ENV"
  /// The value of ``mark``.
  public static let inherited = "inherited"

  /// Checks a user's variable; refuses the names in ``setByQueue``.
  public init(given name: String, value: String) throws(InvalidJob) {
    guard !Self.setByQueue.contains(name) else {
      throw InvalidJob(field: "env", problem: "can't have \(name): queuectl sets it for each run")
    }
    try self.init(name: name, value: value)
  }

  /// - Throws: ``InvalidJob`` for a variable that execve(2) can't pass.
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
