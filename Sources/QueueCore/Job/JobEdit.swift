/// Changes to a job that isn't running; nil keeps a field.
public struct JobEdit: Equatable, Sendable {
  /// The `/bin/sh -c` command.
  public var command: String?
  /// Higher is claimed first.
  public var priority: Int?
  /// The earliest start time, of a waiting job.
  public var runAt: Timestamp?
  /// The job's queue.
  public var queue: String?
  /// Retries after the first failure.
  public var maxRetries: Int?
  /// The timeout of one run.
  public var timeout: Duration?
  /// The rules that aren't nil replace those of the job.
  public var retryRules = RetryRules()
  /// The limits that aren't nil replace those of the job.
  public var limits = ResourceLimits()
  /// The absolute working directory.
  public var directory: String?
  /// Tags that are added.
  public var tags: [String] = []
  /// Tags that are taken away.
  public var removedTags: [String] = []
  /// Variables that are added, or replace those of the same name.
  public var environment: [EnvironmentVariable] = []

  /// Changes a few fields; the error names the first invalid one.
  public init(
    command: String? = nil, priority: Int? = nil, runAt: Timestamp? = nil
  ) throws(InvalidJob) {
    self.command = command
    self.priority = priority
    self.runAt = runAt
    try check()
  }

  /// Checks the fields as for a new job; the error names the first invalid one.
  public func check() throws(InvalidJob) {
    try NewJob(applied(to: JobSpec(command: "true"))).checkSize()
  }

  /// Returns `spec` with the changes, each tag and variable once.
  public func applied(to spec: JobSpec) -> JobSpec {
    var spec = spec
    if let command { spec.command = command }
    if let priority { spec.priority = priority }
    if let runAt { spec.runAt = runAt }
    if let queue { spec.queue = queue }
    if let maxRetries { spec.maxRetries = maxRetries }
    if let timeout { spec.timeout = timeout }
    spec.retryRules = spec.retryRules.overridden(by: retryRules)
    spec.limits = spec.limits.overridden(by: limits)
    if let directory { spec.directory = directory }
    spec.tags = spec.tags.filter { !removedTags.contains($0) && !tags.contains($0) } + tags
    spec.environment += environment
    return spec.withoutDuplicates
  }

  /// Why a job in this state can't be changed so; nil if it can.
  package func refusal(of job: JobID, _ state: JobState) -> Refusal? {
    switch state {
    case .pending, .failed: nil
    case .dead, .cancelled: runAt == nil ? nil : .hasNoStartTime(job, state)
    case .processing, .completed: .inState(job, state, wanted: JobState.editable)
    }
  }

  /// Why a job with this spec can't be changed so; nil if it can. All other limits hold for the
  /// changes alone, see ``check()``.
  package func refusal(of job: JobID, _ spec: JobSpec) -> Refusal? {
    guard !tags.isEmpty else { return nil }
    let count = applied(to: spec).tags.count
    return count > JobSpec.mostTags ? .hasTooManyTags(job, count) : nil
  }

  /// Whether it adds to, or takes from, what a job has.
  package var merges: Bool {
    limits != ResourceLimits() || !environment.isEmpty || !tags.isEmpty || !removedTags.isEmpty
  }

  /// Whether it changes more than the order of jobs and their commands.
  public var changesDetails: Bool {
    queue != nil || maxRetries != nil || timeout != nil || retryRules != RetryRules()
      || limits != ResourceLimits() || directory != nil || !environment.isEmpty
      || !tags.isEmpty || !removedTags.isEmpty
  }
}
