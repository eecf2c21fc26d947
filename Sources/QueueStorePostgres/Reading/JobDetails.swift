import QueueCore

/// The columns of `jobs` with a job's specification.
enum JobDetails {
  /// In the order that ``read(_:from:)`` expects.
  static let columns = [
    "command", "cwd", "env", "timeout_ms", "backoff_base", "backoff_max_ms", "backoff_jitter",
    "retry_on", "no_retry_on", "snooze_on", "success_on",
  ]

  /// The columns behind them: the schedule that enqueued the job.
  private static let originColumns = ["schedule_name", "scheduled_for", "stands_for"]

  /// All of an alias `d`, for a SELECT.
  static let selected =
    (columns + originColumns + ["limits"]).map { "d.\($0)" }.joined(separator: ", ")
    + ", to_json(d.tags)"

  /// Reads a specification without its tags, from column `first` on. Throws `corrupt`.
  static func read(_ row: Row, from first: Int32) throws(StoreError) -> JobSpec {
    var spec = JobSpec(command: row.text(first))
    spec.directory = row.optionalText(first + 1)
    try EnvironmentText.decode(row.optionalText(first + 2), into: &spec)
    spec.timeout = row.optionalDuration(first + 3)
    spec.retryRules = RetryRules(
      backoffBase: row.optionalDouble(first + 4), backoffMax: row.optionalDuration(first + 5),
      backoffJitter: row.optionalDouble(first + 6),
      retryOn: row.optionalText(first + 7).flatMap { ExitStatusSet($0) },
      noRetryOn: row.optionalText(first + 8).flatMap { ExitStatusSet($0) },
      snoozeOn: row.optionalText(first + 9).flatMap { ExitStatusSet($0) },
      successOn: row.optionalText(first + 10).flatMap {
        ExitStatusSet($0, among: ExitStatusSet.all)
      })
    let limits = first + Int32(columns.count + originColumns.count)
    spec.limits = try ResourceLimits(stored: row.optionalText(limits))
    return spec
  }

  /// Reads a job's tags, from the same `first`. Throws `corrupt`.
  static func readTags(_ row: Row, from first: Int32) throws(StoreError) -> [String] {
    let tags = first + Int32(columns.count + originColumns.count + 1)
    return try StringListText.decode(row.optionalText(tags))
  }

  /// Reads the schedule that enqueued a job; nil for none.
  /// - Parameter first: the first of all columns, as for ``read(_:from:)``.
  static func readOrigin(_ row: Row, from first: Int32) -> JobOrigin? {
    let origin = first + Int32(columns.count)
    guard let schedule = row.optionalText(origin), !row.isNull(origin + 1) else { return nil }
    return JobOrigin(
      schedule: schedule, time: row.timestamp(origin + 1), standsFor: row.int(origin + 2))
  }
}
