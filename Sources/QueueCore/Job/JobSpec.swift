/// What is asked for of a job: the same whether it is yet to be stored, waits, runs, has ended or
/// is moved to another queue.
public struct JobSpec: Equatable, Sendable {
  /// What `/bin/sh -c` is given: not blank, no NUL.
  public var command: String
  /// The queue it waits in.
  public var queue = Self.defaultQueue
  /// Higher is claimed first; first come, first served within one priority.
  public var priority = 0
  /// The time before which it isn't run; nil for at once. Of a failed job, the end of its backoff.
  public var runAt: Timestamp?
  /// While it is unfinished, no other job with this key may be; nil for none.
  public var uniqueKey: String?
  /// How long one run may take. Nil for the setting's, and for no limit once it is stored.
  public var timeout: Duration?
  /// How many more runs it gets after a first failure; nil for the setting's.
  public var maxRetries: Int?
  /// What it says of its own failures; the settings that hold otherwise are read when it fails.
  public var retryRules = RetryRules()
  /// The absolute path it runs in; nil for the worker's own directory.
  public var directory: String?
  /// Variables added to the worker's environment, in the order given; of one name, the last.
  public var environment: [EnvironmentVariable] = []

  /// The queue of a job that names none.
  public static let defaultQueue = "default"
  /// What a priority may be.
  public static let priorities = -1_000_000...1_000_000

  /// Bytes that Linux takes as one word of a program or one variable: 128 KiB less the byte that
  /// ends it. Source: MAX_ARG_STRLEN in execve(2), with pages of 4 KiB.
  public static let longestWord = 131_071

  /// A command, and for all else what holds where nothing is said.
  public init(command: String) { self.command = command }

  /// The same with one variable of each name. Nothing else is changed.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  func checked() throws(InvalidJob) -> JobSpec {
    try Self.check(command: command)
    try NewJob.checkQueue(queue)
    try Self.check(priority: priority)
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
    guard environment.count > 1 else { return self }
    var spec = self
    var names: Set<String> = []
    spec.environment = environment.reversed().filter { names.insert($0.name).inserted }.reversed()
    return spec
  }

  /// - Throws: ``InvalidJob`` for a command that is blank or has a NUL.
  static func check(command: String) throws(InvalidJob) {
    guard !command.utf8.contains(0) else {
      throw InvalidJob(field: "command", problem: "must not contain NUL")
    }
    guard command.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw InvalidJob(field: "command", problem: "must not be blank")
    }
  }

  /// - Throws: ``InvalidJob`` for one out of range.
  static func check(priority: Int) throws(InvalidJob) {
    guard !priorities.contains(priority) else { return }
    throw InvalidJob(
      field: "priority",
      problem: "must be from \(priorities.lowerBound) to \(priorities.upperBound)")
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

  static func checkSize(_ bytes: Int, of field: String) throws(InvalidJob) {
    guard bytes > longestWord else { return }
    let limit = "at most \(longestWord) can be handed to a program"
    throw InvalidJob(
      field: field, problem: "is too long: \(bytes) bytes, and \(limit); put it into a file")
  }
}
