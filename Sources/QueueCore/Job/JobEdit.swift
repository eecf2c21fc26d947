/// What is to be changed of a job that waits; each part that is nil stays.
public struct JobEdit: Equatable, Sendable {
  /// What `/bin/sh -c` is given.
  public let command: String?
  /// Higher is claimed first.
  public let priority: Int?
  /// The time before which it isn't run.
  public let runAt: Timestamp?

  /// Checks the parts as those of a new job are.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(
    command: String? = nil, priority: Int? = nil, runAt: Timestamp? = nil
  ) throws(InvalidJob) {
    if let command {
      try JobSpec.check(command: command)
      try JobSpec.checkSize(command.utf8.count, of: "command")
    }
    if let priority { try JobSpec.check(priority: priority) }
    self.command = command
    self.priority = priority
    self.runAt = runAt
  }
}
