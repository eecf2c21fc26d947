import ArgumentParser
import Glibc
import QueueCore
import QueueWorker

/// A failure whose message is complete: what failed, on what, and what to do.
struct Failure: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// Turns errors into text on standard error and exit codes: 0 done, 1 failed, 64 wrong usage.
enum ErrorReport {
  /// Says what went wrong, and ends the process.
  static func exit(for error: any Error) -> Never {
    switch error {
    case let failure as Failure: end(failure.message)
    case let error as StoreError: end(error.message)
    case let error as Output.Closed: Glibc.exit(error.isPipe ? EXIT_SUCCESS : finish("\(error)"))
    case is InvalidJob, is JSONError, is InvalidSetting: end("\(error)")
    case is SystemError: end("\(error)")
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
      let prefix = "Error: "
      write(text.hasPrefix(prefix) ? "queuectl: \(text.dropFirst(prefix.count))\n" : text + "\n")
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

  /// A note on standard error, after the data that it is about.
  static func note(_ text: String) {
    // If the data can't be written, the output remembers it until the command ends.
    do { try Output.standard.flush() } catch {}
    write("queuectl: \(text)\n")
  }

  private static func end(_ message: String) -> Never {
    // What was to be shown before the failure is shown before its message.
    flushOrFail()
    Glibc.exit(finish(message))
  }

  private static func flushOrFail() {
    do { try Output.standard.flush() } catch { Glibc.exit(EXIT_FAILURE) }
  }

  private static func finish(_ message: String) -> Int32 {
    note(message)
    return EXIT_FAILURE
  }

  /// Writes on standard error at once, from any thread.
  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
