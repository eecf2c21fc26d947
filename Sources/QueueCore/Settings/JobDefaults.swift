/// What a job takes from its surroundings when its text doesn't say: from the command line's flags, its
/// directory and the clock.
public struct JobDefaults: Sendable {
  /// The absolute path that a relative `cwd` is seen from, and that a job without one runs in.
  public var directory: String
  /// Reads `run_at`.
  public var time: TimeText
  /// Used where the job names none.
  public var queue = NewJob.defaultQueue
  /// Used where the job names none.
  public var priority = 0
  /// Used where the job names none.
  public var runAt: Timestamp?
  /// Held by every job, besides its own.
  public var prerequisites: [Prerequisite] = []
  /// Used where the job names none.
  public var uniqueKey: String?
  /// Used where the job names none; nil for the setting's.
  public var timeout: Duration?
  /// Used where the job names none; nil for the setting's.
  public var maxRetries: Int?
  /// Each part is used where the job doesn't say.
  public var retryRules = RetryRules()
  /// Set before the job's own variables.
  public var environment: [EnvironmentVariable] = []

  /// Defaults without any flag.
  public init(directory: String, time: TimeText) {
    self.directory = directory
    self.time = time
  }

  /// `path`, made absolute.
  public func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : directory + (directory.hasSuffix("/") ? "" : "/") + path
  }
}

extension NewJob {
  /// A job with that id and command, and for all else what is given.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(id: JobID?, command: String, with given: JobDefaults) throws(InvalidJob) {
    try self.init(
      id: id, command: command, queue: given.queue, priority: given.priority,
      runAt: given.runAt, prerequisites: given.prerequisites, uniqueKey: given.uniqueKey,
      timeout: given.timeout, maxRetries: given.maxRetries, retryRules: given.retryRules,
      directory: given.directory, environment: given.environment)
  }
}
