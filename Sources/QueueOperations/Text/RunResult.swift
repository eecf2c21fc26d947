package import QueueCore

/// How a run ended, in one short word.
package enum RunResult {
  /// ``RunEnd/short`` of a run; empty while it runs or before the first.
  package static func short(_ run: Run?) -> String { run?.end?.short ?? "" }

  /// By what ends are ordered: exit statuses as numbers, then the words.
  package static func rank(_ run: Run?) -> (Int, String) {
    let text = short(run)
    return (Int(text) ?? .max, text)
  }

  /// What a job must have for ``short(_:)`` to say that; nil when it never does.
  package static func test(short text: String) -> JobPredicate.Test? {
    Int(text).map { .exit($0) } ?? RunEnd(short: text).map { .ended($0) }
  }

  /// The error without the exit status, which ``short(_:)`` says already.
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

  /// The exit status; where there is none, the signal's name, or `S` and its number, or `TIME`,
  /// `LOST`, `STOP` or `CANC`.
  var short: String {
    if let exitCode { return "\(exitCode)" }
    return Self.shortWords.first { $0.end == self }?.word ?? "S\(signal ?? 0)"
  }

  /// The end for which ``short`` is this word; nil for an exit status, which several ends may have.
  init?(short text: String) {
    let signal = text.hasPrefix("S") ? Int(text.dropFirst()) : nil
    guard
      let end = Self.shortWords.first(where: { $0.word == text })?.end
        ?? signal.map({ .signaled($0) })
    else { return nil }
    self = end
  }
}
