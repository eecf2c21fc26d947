import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations

/// Help texts and parsing shared by several commands.
enum OptionParsing {
  // MARK: Help

  static let job: ArgumentHelp = "The job's id, or an unambiguous prefix of a generated id."
  static let limit: ArgumentHelp =
    "At most this many; 0 for all. Default: 100, and all with --json."
  static let priority: ArgumentHelp = "Higher runs first, -1000000 to 1000000."
  static let at = ArgumentHelp(
    "Don't run it before this time: ISO 8601, HH:MM, 'YYYY-MM-DD HH:MM', +10m.", valueName: "time")

  // MARK: Reading

  static func duration(_ text: String, flag: String) throws -> Duration {
    guard let duration = Duration(text: text) else {
      throw ValidationError(
        "\(flag) takes a duration like 90, 5m or 1h30m, of at most 36500d, not \(quoted: text).")
    }
    return duration
  }

  static func bytes(_ text: String, flag: String) throws -> Int {
    guard let bytes = ByteCount.parse(text) else {
      throw ValidationError(
        "\(flag) takes a size like 64M or 2G, from \(ResourceLimits.memorySizesText), "
          + "not \(quoted: text).")
    }
    return bytes
  }

  static func statuses(
    _ text: String, flag: String, among possible: ClosedRange<Int> = ExitStatusSet.failures
  ) throws -> ExitStatusSet {
    guard let statuses = ExitStatusSet(text, among: possible) else {
      throw ValidationError(
        "\(flag) takes \(ExitStatusSet.form(possible)), not \(quoted: text).")
    }
    return statuses
  }

  /// Names that other tools use, too different for spelling hints.
  private static let otherStates: [String: JobState] = [
    "active": .processing, "done": .completed, "finished": .completed, "queued": .pending,
    "ready": .pending, "running": .processing, "started": .processing, "succeeded": .completed,
    "success": .completed, "waiting": .pending,
  ]

  static func state(
    _ text: String, among states: [JobState] = JobState.allCases
  ) throws -> JobState {
    guard let state = JobState(typed: text), states.contains(state) else {
      if let other = otherStates[text.lowercased()], states.contains(other) {
        throw ValidationError("\(quoted: text) isn't a state; did you mean \"\(other)\"?")
      }
      throw unknown(text, "a state that --state takes", among: states.map(\.rawValue))
    }
    return state
  }

  static func unknown(_ text: String, _ what: String, among words: [String]) -> ValidationError {
    let hint = Suggestion.hint(for: text, among: words)
    return ValidationError(
      "\(quoted: text) isn't \(what); choices: \(words.joined(separator: ", "))"
        + (hint.isEmpty ? "." : hint))
  }

  /// - Parameter prefix: `--` for the value of `--queue`.
  static func check(queue name: String, prefix: String = "") throws {
    do throws(InvalidJob) {
      try NewJob.checkQueue(name)
    } catch {
      throw ValidationError("\(prefix)\(error)")
    }
  }

  static func check(limit: Int?) throws {
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more, not \(limit).") }
  }

  static func check(tag: String, prefix: String = "--") throws {
    do throws(InvalidJob) {
      try JobSpec.check(tag: tag)
    } catch {
      throw ValidationError("\(prefix)tag \(error.problem)")
    }
  }

  /// A time in the past: as long ago as a duration, or the latest moment that a clock shows.
  static func past(_ text: String, flag: String, before now: Moment) throws -> Timestamp {
    guard let time = LocalTime.past(text, before: now.wall) else {
      throw ValidationError(
        "\(flag) takes a duration like 90, 5m or 1h30m, or a time in the past like 22:00, today, "
          + "yesterday, YYYY-MM-DD or 'YYYY-MM-DD HH:MM', not \(quoted: text).")
    }
    return time
  }

  static func alarms(_ failIf: [String]) throws -> [Alarm] {
    try failIf.map { text in
      guard let alarm = Alarm(text) else {
        throw ValidationError(
          "--fail-if takes a condition like 'dead>0', not \(quoted: text); it can compare "
            + Alarm.figures.joined(separator: ", "))
      }
      return alarm
    }
  }

  /// The start time from `--delay` or `--at`; nil for neither.
  static func runAt(delay: String?, at: String?, from now: Moment) throws -> Timestamp? {
    if delay != nil, at != nil { throw ValidationError("--delay can't be combined with --at.") }
    if let delay { return now.wall + (try duration(delay, flag: "--delay")) }
    guard let at else { return nil }
    guard let runAt = LocalTime.text(from: now.wall).parse(at) else {
      throw ValidationError("--at takes \(TimeText.forms), not \(quoted: at).")
    }
    return runAt
  }
}
