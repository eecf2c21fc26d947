import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

/// Prints errors and maps them to exit statuses: 0 success, 1 failure, 64 usage or invalid input.
enum ErrorReport {
  static func exit(for error: any Error) -> Never {
    switch error {
    case let failure as Failure: end(failure.message, failure.status)
    case let error as StoreError: end(error.message)
    case let error as Output.Closed where error.isPipe: endByPipe()
    case let error as Output.Closed: Glibc.exit(finish("\(error)"))
    case is SystemError, is LogFailure: end("\(error)")
    case let error as InvalidJob: misused(error.asTyped)
    case is InvalidSetting, is JSONError: misused("\(error)")
    case let code as ExitCode:
      flushOrFail()
      Glibc.exit(code.rawValue)
    case let error as ValidationError: misused(error.message)
    default: parserExit(for: error)
    }
  }

  /// Ends as other programs do whose reader has left, which `pipefail` reports as 141.
  private static func endByPipe() -> Never {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    signal(SIGPIPE, SIG_DFL)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(SIGPIPE)
    Glibc.exit(128 + SIGPIPE)
  }

  private static func misused(_ message: String) -> Never {
    note(message)
    Glibc.exit(EX_USAGE)
  }

  /// Requested help goes to standard output, parser errors to standard error.
  private static func parserExit(for error: any Error) -> Never {
    let code = Queuectl.exitCode(for: error)
    let text = Queuectl.fullMessage(for: error)
    guard code.isSuccess else {
      complain(text)
      Glibc.exit(code.rawValue)
    }
    do {
      try Output.standard.line(text)
      try Output.standard.flush()
    } catch {
      exit(for: error)
    }
    Glibc.exit(EXIT_SUCCESS)
  }

  /// Prints the parser's message, sanitized because it repeats arguments.
  private static func complain(_ text: String) {
    let prefix = "Error: "
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !isWrongHelp($0, of: text) }
      .map { TerminalText.sanitized(withoutFarHint(String($0))) }
    if let remedy = ParserRemedy.line(for: text, in: CommandLine.arguments) {
      lines.insert(remedy, at: min(1, lines.count))
    }
    for text in lines {
      write(text.hasPrefix(prefix) ? line(String(text.dropFirst(prefix.count))) : text + "\n")
    }
  }

  /// Whether the line shows a required flag as an option with a value: `--user <user>`.
  private static func isWrongHelp(_ line: Substring, of text: String) -> Bool {
    line.hasPrefix("Help:") && text.contains("Missing one of: '--")
  }

  /// Drops a far-fetched hint, as in `Unknown option '--all'. Did you mean '--db'?`.
  private static func withoutFarHint(_ line: String) -> String {
    let words = line.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 5, words[0].hasSuffix("Unknown option "),
      words[2].hasSuffix("Did you mean ")
    else { return line }
    let isNear = Suggestion.to(bare(words[1]), among: [bare(words[3])]) != nil
    return isNear ? line : "\(words[0])'\(words[1])'"
  }

  private static func bare(_ option: String) -> String { String(option.drop { $0 == "-" }) }

  /// Prints a note on standard error after pending output, sanitized to one line.
  static func note(_ text: String) {
    // The output keeps a write error until the command ends.
    do { try Output.standard.flush() } catch {}
    write(line(text))
  }

  /// Prints a note without flushing the output; may be called from any thread.
  static func noteAtOnce(_ text: String) { write(line(text)) }

  private static func line(_ text: String) -> String {
    "queuectl: \(TerminalText.sanitized(text))\n"
  }

  private static func end(_ message: String, _ status: Failure.Status = .failed) -> Never {
    // Pending output precedes the error message.
    flushOrFail()
    note(message)
    Glibc.exit(status.rawValue)
  }

  private static func flushOrFail() {
    do { try Output.standard.flush() } catch { Glibc.exit(EXIT_FAILURE) }
  }

  private static func finish(_ message: String) -> Int32 {
    note(message)
    return EXIT_FAILURE
  }

  private static func write(_ text: String) {
    _ = PatientIO.write(Array(text.utf8), to: STDERR_FILENO)
  }
}

extension InvalidJob {
  /// The error with the option's name instead of the JSON field's, of a job or a schedule that may
  /// have been given either way.
  var asTyped: String {
    if let flag = ScheduleField(rawValue: field)?.flag { return "\(flag) \(problem)" }
    guard let given = JobField(rawValue: field), given.canBeGiven, given != .command else {
      return "\(self)"
    }
    return asFlag
  }

  /// The error with the option's name.
  var asFlag: String {
    let name = field == JobField.tags.rawValue ? "tag" : field.replacing("_", with: "-")
    return "--\(name) \(problem)"
  }
}

extension ScheduleField {
  /// The option that sets it; nil for none.
  fileprivate var flag: String? {
    switch self {
    case .zone: "--tz"
    case .timesLeft: "--times"
    case .missedLimit: "--missed-limit"
    case .cron, .every, .from, .until, .spread, .overlap, .missed, .late: "--\(rawValue)"
    case .name, .anchor, .pausedAt, .job, .problem, .nextAt, .nextLocal, .last, .enqueued,
      .skipped, .missedCount, .skipsInRow, .failuresInRow, .successesInRow, .succeededAt,
      .occurrences:
      nil
    }
  }
}
