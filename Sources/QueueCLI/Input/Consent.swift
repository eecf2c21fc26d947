import ArgumentParser
import Glibc
import QueueCore
import QueueSession

/// Consent to act on many jobs: a confirmation on a terminal, `--yes` elsewhere. Over ssh, in cron
/// and in CI no user can answer.
struct Consent {
  static let namedCount = 10
  /// With at least this many jobs, the user types their number to confirm, as in `top`.
  private static let fewestTyped = 20

  let dryRun: Bool
  let yes: Bool
  /// Whether the jobs are named one by one, which needs no confirmation.
  var isNamed = false

  /// Whether the user is asked; then only the jobs that were shown may change.
  var asks: Bool { !dryRun && !yes && !isNamed }

  /// Handles `--dry-run` and asks for confirmation.
  /// - Parameters:
  ///   - detail: follows the number of jobs, such as their changes.
  ///   - jobs: the first jobs and their total.
  /// - Returns: whether to continue.
  func isGiven(
    to verb: String, past: String, what: String, detail: String = "",
    of jobs: () throws -> (first: [JobID], count: Int)
  ) throws -> Bool {
    if dryRun {
      try show(try jobs(), verb, what, detail)
      return false
    }
    guard !yes, !isNamed else { return true }
    guard isatty(STDIN_FILENO) == 1 else {
      throw ValidationError(
        "without a terminal, pass --yes to \(verb); --dry-run shows which jobs")
    }
    let count = try jobs().count
    let begin = "\(verb.prefix(1).uppercased())\(verb.dropFirst())"
    let question = "\(begin) \(count, of: what)\(detail)?"
    let isConfirmed =
      count == 0
      || (count < Self.fewestTyped
        ? Question.isConfirmed(question) : Question.isConfirmed(question, byTyping: count))
    guard isConfirmed else { throw Failure("nothing was \(past)") }
    return true
  }

  private func show(
    _ jobs: (first: [JobID], count: Int), _ verb: String, _ what: String, _ detail: String
  ) throws {
    let named = jobs.first.prefix(Self.namedCount)
    try Output.standard.line(
      "would \(verb) \(jobs.count, of: what)\(detail)" + (named.isEmpty ? "" : ":"))
    for job in named { try Output.standard.line("  \(job)") }
    if jobs.count > named.count, !named.isEmpty {
      try Output.standard.line("  … and \(jobs.count - named.count) more")
    }
  }
}
