public import ArgumentParser
import Glibc
import QueueCore

/// The command `queuectl`.
///
/// The only place that picks a store, a clock and a runner: see ``Session``. Below it, a command parses its words, calls one
/// thing and prints; ``ErrorReport`` turns errors into text and exit codes.
public struct Queuectl: ParsableCommand {
  /// What `--help` and the parser know of it.
  public static let configuration = CommandConfiguration(
    commandName: "queuectl",
    abstract: "A job queue for shell commands: durable, parallel, with retries.",
    discussion: """
      EXAMPLES:
        $ queuectl enqueue 'echo hello'
        $ queuectl worker start --drain
        $ queuectl status
      """,
    version: "queuectl \(Version.text)",
    subcommands: [
      Enqueue.self, WorkerCommand.self, Status.self, List.self, DeadLetterCommand.self,
      Config.self,
    ])

  /// The parser makes it.
  public init() {}

  /// Does what the process's arguments say, and ends the process.
  public static func runAndExit() -> Never {
    do {
      var command = try parseAsRoot()
      try command.run()
      try Output.standard.flush()
      Glibc.exit(EXIT_SUCCESS)
    } catch {
      ErrorReport.exit(for: error)
    }
  }
}

/// The version that is built.
enum Version {
  static let text = "0.1.0"
}
