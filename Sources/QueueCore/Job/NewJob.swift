/// A job that may be stored: every field was checked, nothing is known of it yet.
///
/// A value of this type is always valid, so nothing after it needs to check again.
public struct NewJob: Equatable, Sendable {
  /// The user's id; nil to have one made.
  public var id: JobID?
  /// Whether it is stored though a job that has ended has its id: that one gets another id.
  public var replacesEnded = false
  /// What `/bin/sh -c` is given: not blank, no NUL.
  public let command: String
  /// The queue it waits in.
  public let queue: String
  /// Higher is claimed first.
  public let priority: Int
  /// Not run before this time; nil for at once.
  public let runAt: Timestamp?
  /// What has to end before it may run; each job once.
  public let prerequisites: [Prerequisite]
  /// While it is unfinished, no other job with this key may be.
  public let uniqueKey: String?
  /// How long one run may take; nil for the setting's.
  public let timeout: Duration?
  /// Retries after the first failure; nil for the setting's.
  public let maxRetries: Int?
  /// What it says of its own failures; the settings that hold otherwise are read when it fails.
  public let retryRules: RetryRules
  /// The absolute path it runs in.
  public let directory: String?
  /// Variables added to the worker's environment; of those given under one name, the last.
  public let environment: [EnvironmentVariable]

  /// The queue of a job that names none.
  public static let defaultQueue = "default"
  /// What a priority may be.
  public static let priorities = -1_000_000...1_000_000

  /// Bytes that Linux takes as one word of a program or one variable: 128 KiB less the byte that
  /// ends it. Source: MAX_ARG_STRLEN in execve(2), with pages of 4 KiB.
  public static let longestWord = 131_071

  /// Checks a job's parts.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(
    id: JobID? = nil, command: String, queue: String = defaultQueue, priority: Int = 0,
    runAt: Timestamp? = nil, prerequisites: [Prerequisite] = [], uniqueKey: String? = nil,
    timeout: Duration? = nil, maxRetries: Int? = nil,
    retryRules: RetryRules = RetryRules(), directory: String? = nil,
    environment: [EnvironmentVariable] = []
  ) throws(InvalidJob) {
    guard !command.utf8.contains(0) else {
      throw InvalidJob(field: "command", problem: "must not contain NUL")
    }
    guard command.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw InvalidJob(field: "command", problem: "must not be blank")
    }
    try Self.checkQueue(queue)
    guard Self.priorities.contains(priority) else {
      throw InvalidJob(
        field: "priority",
        problem: "must be from \(Self.priorities.lowerBound) to \(Self.priorities.upperBound)")
    }
    if let uniqueKey { try Name.checkKey(uniqueKey, field: "unique") }
    if let timeout, timeout < .milliseconds(1) {
      throw InvalidJob(field: "timeout", problem: "must be more than 0")
    }
    if let maxRetries, !RetryPolicy.maxRetriesRange.contains(maxRetries) {
      throw InvalidJob(
        field: "max_retries",
        problem: "must be a whole number from 0 to \(RetryPolicy.maxRetriesRange.upperBound)")
    }
    try retryRules.check()
    if let directory, !directory.hasPrefix("/") || directory.utf8.contains(0) {
      throw InvalidJob(field: "cwd", problem: "must be an absolute path")
    }
    self.id = id
    self.command = command
    self.queue = queue
    self.priority = priority
    self.runAt = runAt
    self.prerequisites = prerequisites
    self.uniqueKey = uniqueKey
    self.timeout = timeout
    self.maxRetries = maxRetries
    self.retryRules = retryRules
    self.directory = directory
    self.environment = Self.lastOfEachName(environment)
  }

  /// Whether a queue may be called so.
  /// - Throws: ``InvalidJob`` that says what isn't allowed.
  public static func checkQueue(_ name: String) throws(InvalidJob) {
    try Name.check(name, field: "queue")
  }

  /// Refuses a job that no kernel would start: every run would fail.
  ///
  /// Apart from the other checks, as such jobs may be stored already and have to be moved with
  /// their queue.
  /// - Throws: ``InvalidJob`` with the size that is too large.
  public func checkSize() throws(InvalidJob) {
    try Self.checkSize(command.utf8.count, of: "command")
    for variable in environment {
      let size = variable.name.utf8.count + 1 + variable.value.utf8.count
      try Self.checkSize(size, of: "env")
    }
  }

  private static func checkSize(_ bytes: Int, of field: String) throws(InvalidJob) {
    guard bytes > longestWord else { return }
    let limit = "at most \(longestWord) can be handed to a program"
    throw InvalidJob(
      field: field, problem: "is too long: \(bytes) bytes, and \(limit); put it into a file")
  }

  private static func lastOfEachName(_ variables: [EnvironmentVariable]) -> [EnvironmentVariable] {
    guard variables.count > 1 else { return variables }
    var names: Set<String> = []
    return variables.reversed().filter { names.insert($0.name).inserted }.reversed()
  }
}

/// A job that was refused: which part of it, and why.
public struct InvalidJob: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the part, as in JSON.
  public var field: String
  /// What is wrong, continuing a sentence that starts with the field.
  public var problem: String

  /// The part and the reason.
  public init(field: String, problem: String) {
    self.field = field
    self.problem = problem
  }

  /// `max_retries must be a whole number from 0 to 10000`.
  public var description: String { "\(field) \(problem)" }
}
