/// Changes to a waiting job; nil keeps a field.
public struct JobEdit: Equatable, Sendable {
  /// The `/bin/sh -c` command.
  public let command: String?
  /// Higher is claimed first.
  public let priority: Int?
  /// The earliest start time.
  public let runAt: Timestamp?

  /// Checks the fields as for a new job; the error names the first invalid one.
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
