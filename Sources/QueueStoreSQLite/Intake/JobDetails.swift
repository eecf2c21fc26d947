import QueueCore

/// The table `job_details`: a job's specification, read only to run or show it.
enum JobDetails {
  /// Its columns in table order, after `seq`.
  static let columns = ruleColumns + originColumns + laterColumns
  /// The columns that ``bind(_:timeout:to:at:)`` binds.
  static let boundColumns = ruleColumns + laterColumns

  private static let ruleColumns = [
    "command", "cwd", "env", "timeout_ms", "backoff_base", "backoff_max_ms", "backoff_jitter",
    "retry_on", "no_retry_on", "snooze_on", "success_on",
  ]
  /// The schedule that enqueued the job.
  private static let originColumns = ["schedule", "scheduled_for", "stands_for"]
  private static let laterColumns = ["tags", "limits"]

  /// All columns but `seq` of an alias `d`, for a SELECT.
  static let selected = columns.map { "d.\($0)" }.joined(separator: ", ")

  static func bind(
    _ spec: JobSpec, timeout: Duration?, to statement: Statement, at next: inout Int32
  ) {
    let rules = spec.retryRules
    statement.bind(
      at: &next, spec.command, spec.directory, EnvironmentText.encode(spec), timeout,
      rules.backoffBase, rules.backoffMax, rules.backoffJitter, rules.retryOn?.description,
      rules.noRetryOn?.description, rules.snoozeOn?.description, rules.successOn?.description,
      StringListText.encode(spec.tags), spec.limits.stored)
  }

  /// Reads a specification without its tags, from column `first` on. Throws `corrupt`.
  static func read(_ row: Statement, from first: Int32) throws(StoreError) -> JobSpec {
    var spec = JobSpec(command: row.text(first))
    spec.directory = row.optionalText(first + 1)
    try EnvironmentText.decode(row.optionalText(first + 2), into: &spec)
    spec.timeout = row.optionalInt64(first + 3).map { .milliseconds($0) }
    spec.retryRules = RetryRules(
      backoffBase: row.optionalDouble(first + 4),
      backoffMax: row.optionalInt64(first + 5).map { .milliseconds($0) },
      backoffJitter: row.optionalDouble(first + 6),
      retryOn: row.optionalText(first + 7).flatMap { ExitStatusSet($0) },
      noRetryOn: row.optionalText(first + 8).flatMap { ExitStatusSet($0) },
      snoozeOn: row.optionalText(first + 9).flatMap { ExitStatusSet($0) },
      successOn: row.optionalText(first + 10).flatMap {
        ExitStatusSet($0, among: ExitStatusSet.all)
      })
    spec.limits = try ResourceLimits(
      stored: row.optionalText(first + Int32(columns.count - 1)))
    return spec
  }

  /// Reads a job's tags, from the same `first`. Throws `corrupt`.
  static func readTags(_ row: Statement, from first: Int32) throws(StoreError) -> [String] {
    try StringListText.decode(row.optionalText(first + Int32(columns.count - 2)))
  }

  /// Reads the schedule that enqueued a job; nil for none.
  /// - Parameter first: the first of all columns, as for ``read(_:from:)``.
  static func readOrigin(_ row: Statement, from first: Int32) -> JobOrigin? {
    let origin = first + Int32(ruleColumns.count)
    guard let schedule = row.optionalText(origin), !row.isNull(origin + 1) else { return nil }
    return JobOrigin(
      schedule: schedule, time: row.timestamp(origin + 1), standsFor: row.int(origin + 2))
  }
}
