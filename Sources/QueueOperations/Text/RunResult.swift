package import QueueCore

/// A run's end as one short word.
package enum RunResult {
  /// ``RunEnd/short`` of a run; empty while it runs or without a run.
  package static func short(_ run: Run?) -> String { run?.end?.short ?? "" }

  /// The sort key of a run's end: exit statuses as numbers, then words.
  package static func rank(_ run: Run?) -> (Int, String) {
    let text = short(run)
    return (Int(text) ?? .max, text)
  }

  /// The predicate for jobs with this ``short(_:)``; nil for an invalid word.
  package static func test(short text: String) -> JobPredicate.Test? {
    if let code = Int(text) {
      return ExitStatusSet.all.contains(code) ? .exit(ExitStatusSet(code...code)) : nil
    }
    return RunEnd(short: text).map { .ended($0) }
  }

  /// The error without its exit status, which ``short(_:)`` shows.
  package static func detail(_ run: Run?) -> String {
    guard let run, let error = run.error else { return "" }
    guard case .exited = run.end, let reason = run.end?.reason, error.hasPrefix(reason + ": ")
    else { return error }
    return String(error.dropFirst(reason.count + 2))
  }
}

extension RunEnd {
  private static let shortWords: [(word: String, end: RunEnd)] = [
    ("TIME", .timedOut), ("LOST", .lost), ("STOP", .stopped), ("CANC", .cancelled),
    ("HUP", .signaled(1)), ("INT", .signaled(2)), ("QUIT", .signaled(3)), ("ILL", .signaled(4)),
    ("ABRT", .signaled(6)), ("BUS", .signaled(7)), ("FPE", .signaled(8)), ("KILL", .signaled(9)),
    ("SEGV", .signaled(11)), ("PIPE", .signaled(13)), ("ALRM", .signaled(14)),
    ("TERM", .signaled(15)),
  ]

  /// The exit status, a signal's name or `S` with its number, or `TIME`, `LOST`, `STOP`, `CANC`.
  var short: String {
    if let exitCode { return "\(exitCode)" }
    return Self.shortWords.first { $0.end == self }?.word ?? "S\(signal ?? 0)"
  }

  /// Whether it is a signal that has a name.
  var hasName: Bool { signal != nil && Self.shortWords.contains { $0.end == self } }

  /// Parses ``short``; nil for an exit status, which several ends share.
  init?(short text: String) {
    let signal = text.hasPrefix("S") ? Int(text.dropFirst()) : nil
    guard
      let end = Self.shortWords.first(where: { $0.word == text })?.end
        ?? signal.map({ .signaled($0) })
    else { return nil }
    self = end
  }
}
