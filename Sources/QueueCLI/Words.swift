import ArgumentParser
import QueueCore

/// Texts of flags that are read in several commands.
enum Words {
  static func duration(_ text: String, flag: String) throws -> Duration {
    guard let duration = Duration(text: text) else {
      throw ValidationError(
        "\(flag) takes a duration like 90, 5m or 1h30m, not \(SafeText.quoted(text)).")
    }
    return duration
  }

  static func statuses(_ text: String, flag: String) throws -> ExitStatuses {
    guard let statuses = ExitStatuses(text) else {
      throw ValidationError("\(flag) takes \(ExitStatuses.form), not \(SafeText.quoted(text)).")
    }
    return statuses
  }
}
