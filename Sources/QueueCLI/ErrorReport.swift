import ArgumentParser
import Glibc
import QueueCore
import QueueLogs
import QueueWorker

/// A failure whose message is complete: what failed, on what, and what to do.
struct Failure: Error {
  /// How the command ends.
  enum Status: Int32 {
    case failed = 1
    /// EX_USAGE: what was typed, or set in the environment, can't be meant.
    case usage = 64
  }

  let message: String
  let status: Status

  init(_ message: String, status: Status = .failed) {
    self.message = message
    self.status = status
  }

  /// What the kernel refused just now, and why: `can't read jobs.jsonl: Permission denied`.
  static func system(_ action: String) -> Failure {
    Failure("can't \(action): \(String(cString: strerror(errno)))")
  }
}

/// Turns errors into text on standard error and exit codes: 0 done, 1 failed, 64 wrong usage.
enum ErrorReport {
  /// Says what went wrong, and ends the process.
  static func exit(for error: any Error) -> Never {
    switch error {
    case let failure as Failure: end(failure.message, failure.status)
    case let error as StoreError: end(error.message)
    case let error as Output.Closed: Glibc.exit(error.isPipe ? EXIT_SUCCESS : finish("\(error)"))
    case is InvalidJob, is JSONError, is InvalidSetting, is SystemError, is LogFailure:
      end("\(error)")
    case let code as ExitCode:
      flushOrFail()
      Glibc.exit(code.rawValue)
    case let error as ValidationError:
      note(error.message)
      Glibc.exit(EX_USAGE)
    default: parserExit(for: error)
    }
  }

  /// Help that was asked for is data; a complaint of the parser isn't.
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

  /// The parser's lines, which repeat what was typed.
  private static func complain(_ text: String) {
    let prefix = "Error: "
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      SafeText.inert(String($0))
    }
    for text in lines {
      write(text.hasPrefix(prefix) ? line(String(text.dropFirst(prefix.count))) : text + "\n")
    }
  }

  /// A note on standard error, after the data that it is about. Whatever names, paths and words stand in it, it stays one line.
  static func note(_ text: String) {
    // If the data can't be written, the output remembers it until the command ends.
    do { try Output.standard.flush() } catch {}
    write(line(text))
  }

  /// A note that doesn't wait for data, from any thread.
  static func noteAtOnce(_ text: String) { write(line(text)) }

  private static func line(_ text: String) -> String { "queuectl: \(SafeText.inert(text))\n" }

  private static func end(_ message: String, _ status: Failure.Status = .failed) -> Never {
    // What was to be shown before the failure is shown before its message.
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
