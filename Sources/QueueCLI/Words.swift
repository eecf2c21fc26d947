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

  /// When a job is not to run before, by `--delay` or `--at`; nil when neither is given.
  static func runAt(delay: String?, at: String?, from now: Moment) throws -> Timestamp? {
    if let delay { return now.wall + (try duration(delay, flag: "--delay")) }
    guard let at else { return nil }
    guard let runAt = LocalTime.text(from: now.wall).parse(at) else {
      throw ValidationError("--at takes \(TimeText.forms), not \(SafeText.quoted(at)).")
    }
    return runAt
  }
}
