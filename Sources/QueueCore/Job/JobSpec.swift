/// The user's settings for a job, the same in every state and when exported.
public struct JobSpec: Equatable, Sendable {
  /// The `/bin/sh -c` command: not blank, no NUL.
  public var command: String
  /// The job's queue.
  public var queue = Self.defaultQueue
  /// Higher is claimed first; equal priorities in order of arrival.
  public var priority = 0
  /// The earliest start time; nil for at once. For a failed job, the end of its backoff.
  public var runAt: Timestamp?
  /// Unique among unfinished jobs; nil for none.
  public var uniqueKey: String?
  /// Names to find it by, each once: at most ``mostTags``.
  public var tags: [String] = []
  /// The timeout of one run; nil for the setting's or, once stored, none.
  public var timeout: Duration?
  /// Retries after the first failure; nil for the setting's.
  public var maxRetries: Int?
  /// The job's own retry rules; unset ones follow the settings when the job fails.
  public var retryRules = RetryRules()
  /// The resources of its runs.
  public var limits = ResourceLimits()
  /// The absolute working directory; nil for the worker's.
  public var directory: String?
  /// Variables added to the worker's environment; the last of equal names wins.
  public var environment: [EnvironmentVariable] = []
  /// Whether ``environment`` replaces the worker's; nil for the setting's or, once stored, no.
  public var inheritsEnvironment: Bool?

  /// The queue of jobs that name none.
  public static let defaultQueue = "default"
  /// The most tags of a job.
  public static let mostTags = 8
  /// Allowed priorities.
  public static let priorities = -1_000_000...1_000_000

  /// The longest argument or variable that execve(2) accepts, in bytes: 128 KiB without its NUL.
  /// Source: MAX_ARG_STRLEN in execve(2), with pages of 4 KiB.
  public static let longestWord = 131_071

  /// Creates a spec with defaults for everything but the command.
  public init(command: String) { self.command = command }

  /// Returns the spec without duplicate tags and variables; throws naming the first invalid field.
  func checked() throws(InvalidJob) -> JobSpec {
    try Self.check(command: command)
    try NewJob.checkQueue(queue)
    try Self.check(priority: priority)
    if let uniqueKey { try Name.checkKey(uniqueKey, field: "unique") }
    if let timeout, timeout < .milliseconds(1) {
      throw InvalidJob(field: "timeout", problem: "must be more than 0, not \(timeout.text)")
    }
    if let maxRetries, !RetryPolicy.maxRetriesRange.contains(maxRetries) {
      throw InvalidJob(
        field: "max_retries",
        problem: "must be a whole number from 0 to \(RetryPolicy.maxRetriesRange.upperBound), "
          + "not \(maxRetries)")
    }
    try retryRules.check()
    try limits.check()
    if let directory, !directory.hasPrefix("/") || directory.utf8.contains(0) {
      throw InvalidJob(field: "cwd", problem: "must be an absolute path, not \(quoted: directory)")
    }
    let spec = withoutDuplicates
    try Self.check(tags: spec.tags)
    return spec
  }

  /// The spec with each tag once, and of variables with equal names the last one.
  var withoutDuplicates: JobSpec {
    guard environment.count > 1 || tags.count > 1 else { return self }
    var spec = self
    var names: Set<String> = []
    spec.tags = tags.filter { names.insert($0).inserted }
    names.removeAll()
    spec.environment = environment.reversed().filter { names.insert($0.name).inserted }.reversed()
    return spec
  }

  static func check(command: String) throws(InvalidJob) {
    guard !command.utf8.contains(0) else {
      throw InvalidJob(field: "command", problem: "must not contain NUL")
    }
    guard command.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw InvalidJob(field: "command", problem: "must not be blank")
    }
  }

  private static func check(tags: [String]) throws(InvalidJob) {
    guard tags.count <= mostTags else {
      throw InvalidJob(
        field: "tags", problem: "takes at most \(mostTags), not \(tags.count)")
    }
    for tag in tags { try check(tag: tag) }
  }

  /// Checks one tag: as an id, without a comma, which separates tags in lists.
  public static func check(tag: String) throws(InvalidJob) {
    try Name.check(tag, field: "tags")
    guard !tag.utf8.contains(UInt8(ascii: ",")) else {
      throw InvalidJob(field: "tags", problem: "must not contain a comma: \(quoted: tag)")
    }
  }

  static func check(priority: Int) throws(InvalidJob) {
    guard !priorities.contains(priority) else { return }
    throw InvalidJob(
      field: "priority",
      problem: "must be from \(priorities.lowerBound) to \(priorities.upperBound), "
        + "not \(priority)")
  }

  /// Refuses a command or variable too large for the kernel, because every run would fail.
  /// Separate from ``checked()``, because such jobs may be stored already and must be importable.
  public func checkSize() throws(InvalidJob) {
    try Self.checkSize(command.utf8.count, of: "command")
    for variable in environment {
      let size = variable.name.utf8.count + 1 + variable.value.utf8.count
      try Self.checkSize(size, of: "env")
    }
  }

  static func checkSize(_ bytes: Int, of field: String) throws(InvalidJob) {
    guard bytes > longestWord else { return }
    let limit = "a program can get at most \(longestWord)"
    throw InvalidJob(
      field: field, problem: "is too long: \(bytes) bytes, and \(limit); put it into a file")
  }
}
