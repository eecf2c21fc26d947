public import ArgumentParser
import Glibc
import QueueCore

/// The command `queuectl`.
///
/// The only place that picks a store, a clock and a runner: see ``Session``. Below it, a command
/// parses its words, calls one thing and prints; ``ErrorReport`` turns errors into text and exit
/// codes.
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
    version: Version.text(commit: commit),
    subcommands: [
      Enqueue.self, WorkerCommand.self, ServiceCommand.self,
      Status.self, Top.self, List.self, Show.self, Logs.self, Explain.self, Stats.self,
      Wait.self, Edit.self, Cancel.self, Retry.self,
      DeadLetterCommand.self, QueueCommand.self,
      Config.self, Purge.self, Doctor.self, Backup.self, Export.self, Import.self,
      Progress.self, CompletionsCommand.self,
    ])

  /// Set once, before anything else runs.
  nonisolated(unsafe) private static var commit = ""

  /// The parser makes it.
  public init() {}

  /// Does what the process's arguments say, and ends the process.
  /// - Parameter commit: what the binary was built from; empty if that isn't known.
  public static func runAndExit(commit: String) -> Never {
    self.commit = commit
    // Beyond `ulimit -f` a write fails with a reason instead; jobs get the signal back.
    signal(SIGXFSZ, SIG_IGN)
    StandardStreams.takePlaces()
    do {
      try run(try ProcessArguments.words())
      try Output.standard.flush()
      Glibc.exit(EXIT_SUCCESS)
    } catch {
      ErrorReport.exit(for: error)
    }
  }
}

extension Queuectl {
  private static func run(_ words: [String]) throws {
    let (named, rest) = try CommandWords.command(in: words, below: Queuectl.self)
    if named == Enqueue.self { return try Enqueue.run(rest) }
    let isTop = named == Top.self
    var command = try parsed(
      isTop ? Top.apart(words) : words, as: named, isTop ? Top.apart(rest) : rest)
    try command.run()
  }

  /// The command that the words say.
  ///
  /// The parser looks at every command there is before it comes to the one that is meant, which
  /// takes several times as long as that one alone. So that one is asked first. What it doesn't
  /// take goes to the parser as a whole, which knows help and has the right names for messages.
  private static func parsed(
    _ words: [String], as named: any ParsableCommand.Type, _ rest: [String]
  ) throws -> any ParsableCommand {
    if named != Queuectl.self, let command = try? named.parseAsRoot(rest),
      type(of: command) == named
    {
      return command
    }
    return try parseAsRoot(words)
  }
}

/// Looks at the words that name a command before the parser does, as it can't tell what was meant.
enum CommandWords {
  /// The command that the first words name, and the words after those.
  /// - Throws: `ValidationError` with the nearest name, for a word that should name a command and
  ///   doesn't.
  static func command(
    in words: [String], below command: any ParsableCommand.Type
  ) throws -> (command: any ParsableCommand.Type, rest: [String]) {
    let options = words.prefix { $0 != "--" }
    // The parser would take the next word for the value.
    if let empty = options.first(where: {
      $0.hasPrefix("--") && $0.firstIndex(of: "=") == $0.indices.last
    }) {
      throw ValidationError("\(empty) has no value")
    }
    let commands = command.configuration.subcommands
    if !commands.isEmpty, let word = words.first, word == "--db" || word.hasPrefix("--db=") {
      throw ValidationError("--db comes after the command: queuectl status --db PATH")
    }
    guard !commands.isEmpty, let word = words.first, !word.hasPrefix("-") else {
      return (command, words)
    }
    if word == "help" {
      // It is about a command, too.
      _ = try self.command(in: Array(words.dropFirst()), below: command)
      return (command, words)
    }
    guard let named = commands.first(where: { name(of: $0) == word }) else {
      let names = commands.filter { $0.configuration.shouldDisplay }.map { name(of: $0) }
      let hint = hint(for: word, among: names, isFirst: command == Queuectl.self)
      throw ValidationError(
        "there is no command \(quoted: word) here"
          + (hint.isEmpty ? ": \(names.joined(separator: ", "))" : hint))
    }
    return try self.command(in: Array(words.dropFirst()), below: named)
  }

  /// What others call it, as no spelling is near.
  private static let otherNames = [
    "add": "enqueue", "clean": "purge", "clear": "purge", "kill": "cancel", "log": "logs",
    "ls": "list", "pause": "queue pause", "ps": "list", "rerun": "retry", "restart": "retry",
    "resume": "queue resume", "rm": "cancel", "run": "enqueue --wait", "start": "worker start",
    "stop": "worker stop", "submit": "enqueue", "tail": "logs --follow",
  ]

  private static func hint(for word: String, among names: [String], isFirst: Bool) -> String {
    guard isFirst, let other = otherNames[word] else {
      return Suggestion.hint(for: word, among: names)
    }
    return "; did you mean \"\(other)\"?"
  }

  /// As the parser names it.
  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? "\(command)".lowercased()
  }
}
