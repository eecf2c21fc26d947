import ArgumentParser
import QueueCore

/// The changes with which jobs are retried.
struct RetryLimitOption: ParsableArguments {
  @Option(parsing: .unconditional, help: "Retries after a first failure, 0 to 10000, from now on.")
  var maxRetries: Int?

  /// Returns the changes; nil for none.
  func edit(command: String? = nil) throws -> JobEdit? {
    guard maxRetries != nil || command != nil else { return nil }
    do throws(InvalidJob) {
      var edit = try JobEdit(command: command)
      edit.maxRetries = maxRetries
      try edit.check()
      return edit
    } catch {
      throw ValidationError(error.asFlag)
    }
  }
}
