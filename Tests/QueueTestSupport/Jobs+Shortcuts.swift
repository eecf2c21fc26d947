package import QueueCore

extension NewJob {
  /// A valid job with these parts.
  package init(
    id: JobID? = nil, command: String, queue: String = defaultQueue, priority: Int = 0,
    runAt: Timestamp? = nil, prerequisites: [Prerequisite] = [], uniqueKey: String? = nil,
    timeout: Duration? = nil, maxRetries: Int? = nil, retryRules: RetryRules = RetryRules(),
    directory: String? = nil, environment: [EnvironmentVariable] = [],
    limits: ResourceLimits = ResourceLimits()
  ) throws(InvalidJob) {
    var spec = JobSpec(command: command)
    (spec.queue, spec.priority, spec.runAt) = (queue, priority, runAt)
    (spec.uniqueKey, spec.timeout, spec.maxRetries) = (uniqueKey, timeout, maxRetries)
    (spec.retryRules, spec.directory) = (retryRules, directory)
    (spec.environment, spec.limits) = (environment, limits)
    try self.init(id: id, spec, prerequisites: prerequisites)
  }
}

extension Job {
  /// A job with these parts, without runs.
  package init(
    id: JobID, command: String, state: JobState, attempts: Int, maxRetries: Int, queue: String,
    priority: Int, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    var spec = JobSpec(command: command)
    (spec.queue, spec.priority, spec.maxRetries) = (queue, priority, maxRetries)
    self.init(
      id: id, spec: spec, state: state, attempts: attempts, createdAt: createdAt,
      updatedAt: updatedAt)
  }
}

extension ClaimedJob {
  /// A claimed job with these parts.
  package init(
    run: RunID, runName: String, id: JobID, queue: String, command: String, directory: String?,
    environment: [EnvironmentVariable], timeout: Duration?, retryRules: RetryRules,
    tally: RetryBudget
  ) {
    var spec = JobSpec(command: command)
    (spec.queue, spec.directory, spec.environment) = (queue, directory, environment)
    (spec.timeout, spec.retryRules, spec.maxRetries) = (timeout, retryRules, tally.maxRetries)
    self.init(run: run, runName: runName, id: id, spec: spec, tally: tally)
  }
}
