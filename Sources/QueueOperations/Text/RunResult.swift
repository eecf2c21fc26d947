package import QueueCore

/// How a run ended, in one short word.
package enum RunResult {
  /// The exit status; the signal's name, `TIME`, `LOST`, `STOP` or `CANC` where there is none; empty while it runs or before the first.
  package static func short(_ run: Attempt?) -> String {
    guard let run, let outcome = run.outcome else { return "" }
    if let exitCode = run.exitCode { return "\(exitCode)" }
    switch outcome {
    case RunEnd.signaled(0).word: return signalName(run.error)
    case RunEnd.timedOut.word: return "TIME"
    case RunEnd.lost.word: return "LOST"
    case RunEnd.stopped.word: return "STOP"
    case RunEnd.cancelled.word: return "CANC"
    default: return "?"
    }
  }

  /// By what ends are ordered: exit statuses as numbers, then the words.
  package static func rank(_ run: Attempt?) -> (Int, String) {
    let text = short(run)
    return (Int(text) ?? .max, text)
  }

  /// What a job must have for ``short(_:)`` to say that; nil when it never does.
  package static func test(short text: String) -> JobCondition.Test? {
    if let code = Int(text) { return .exit(code) }
    if let signal = signalNames.first(where: { $0.value == text })?.key { return .signal(signal) }
    if text.hasPrefix("S"), let signal = Int(text.dropFirst()) { return .signal(signal) }
    switch text {
    case "TIME": return .outcome(RunEnd.timedOut.word)
    case "LOST": return .outcome(RunEnd.lost.word)
    case "STOP": return .outcome(RunEnd.stopped.word)
    case "CANC": return .outcome(RunEnd.cancelled.word)
    default: return nil
    }
  }

  /// The error without the exit status, which ``short(_:)`` says already.
  package static func detail(_ run: Attempt?) -> String {
    guard let run, let error = run.error else { return "" }
    guard let code = run.exitCode, let reason = RunEnd.exited(code).reason, error != reason,
      error.hasPrefix(reason + ": ")
    else { return error }
    return String(error.dropFirst(reason.count + 2))
  }

  private static let signalNames = [
    1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV",
    13: "PIPE", 14: "ALRM", 15: "TERM",
  ]

  /// The number stands in the error alone.
  private static func signalName(_ error: String?) -> String {
    for (number, name) in signalNames where error == RunEnd.signaled(number).reason { return name }
    let words = (error ?? "").split(separator: ":").first?.split(separator: " ") ?? []
    guard let number = words.last.flatMap({ Int($0) }) else { return "SIG" }
    return signalNames[number] ?? "S\(number)"
  }
}
