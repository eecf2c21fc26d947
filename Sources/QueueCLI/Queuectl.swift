public import ArgumentParser
import Glibc
import QueueCore
import QueueSession

/// The root command. ``Session`` picks the store, the clock and the runner; a command parses, makes
/// one call and prints; ``ErrorReport`` maps errors to messages and exit statuses.
public struct Queuectl: ParsableCommand {
  /// The name, help and subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "queuectl",
    abstract: "A job queue for shell commands: durable, parallel, with retries.",
    discussion: """
      EXAMPLES:
        $ queuectl enqueue 'echo hello'
        $ queuectl worker start --drain
        $ queuectl status
      """,
    version: Version.text(of: "queuectl", commit: commit),
    groupedSubcommands: [
      CommandGroup(
        name: "Job and worker",
        subcommands: [Enqueue.self, ScheduleCommand.self, WorkerCommand.self, ServiceCommand.self]),
      CommandGroup(
        name: "Inspection",
        subcommands: [
          Status.self, Top.self, WebCommand.self, List.self, Show.self, Logs.self, Explain.self,
          Stats.self, Metrics.self,
        ]),
      CommandGroup(
        name: "Control",
        subcommands: [
          Cancel.self, Pause.self, Resume.self, Retry.self, Rerun.self, Edit.self, Remove.self,
          DeadLetterCommand.self, QueueCommand.self,
        ]),
      CommandGroup(
        name: "Maintenance",
        subcommands: [
          Config.self, Purge.self, Doctor.self, Backup.self, Export.self, Import.self,
        ]),
      CommandGroup(
        name: "Scripting",
        subcommands: [Wait.self, Progress.self, CompletionsCommand.self]),
    ])

  /// Set once, before any other code runs.
  nonisolated(unsafe) private static var commit = ""

  /// The version and the commit, which the web server shares.
  static var build: String { Version.build(commit: commit) }

  /// Creates the root command; called by the parser.
  public init() {}

  /// Executes the process's arguments and exits.
  /// - Parameter commit: the commit of the build; empty if unknown.
  public static func runAndExit(commit: String) -> Never {
    self.commit = commit
    // Past `ulimit -f`, writes fail with EFBIG instead. Jobs get the default action back.
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
  private static func run(_ typed: [String]) throws {
    // Scripts enqueue most: without a look at the other commands.
    if typed.first == Enqueue.name {
      try CommandWords.checkValues(typed)
      return try Enqueue.run(Array(typed.dropFirst()))
    }
    let words = Status.joined(UnlistedNames.replaced(in: typed))
    let (named, rest) = try CommandWords.command(in: words, below: Queuectl.self)
    let isTop = named == Top.self
    var command = try parsed(
      isTop ? Top.apart(words) : words, as: named, isTop ? Top.apart(rest) : rest)
    try command.run()
  }

  /// Parses with the named command only, because parsing from the root visits every command and is
  /// several times slower. The root parses rejected words again, for help and names in messages.
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

extension CommandConfiguration {
  /// The configuration of a command whose full name begins with `parents`. When such a command is
  /// parsed alone, the parser doesn't first parse two commands of its own that print completion
  /// scripts, which took 6 % of the instructions of `status`.
  func below(_ parents: String) -> Self {
    var configuration = self
    configuration._superCommandName = parents
    return configuration
  }
}

/// Finds the command in the arguments before parsing, because the parser's own errors don't help.
enum CommandWords {
  /// Returns the named command and the words after its name.
  /// - Throws: `ValidationError` with the nearest name, for an unknown command.
  static func command(
    in words: [String], below command: any ParsableCommand.Type
  ) throws -> (command: any ParsableCommand.Type, rest: [String]) {
    try checkValues(words)
    let commands = command.configuration.subcommands
    if !commands.isEmpty, let word = words.first, word == "--db" || word.hasPrefix("--db=") {
      let rest = words.dropFirst(word == "--db" ? 2 : 1)
      throw ValidationError(
        "--db comes after the command: queuectl \(example(rest.first, below: command)) --db PATH")
    }
    guard !commands.isEmpty, let word = words.first, !word.hasPrefix("-") else {
      return (command, words)
    }
    if word == "help" {
      // Check the command that help is requested for.
      _ = try self.command(in: Array(words.dropFirst()), below: command)
      return (command, words)
    }
    guard let named = commands.first(where: { name(of: $0) == word }) else {
      let names = commands.filter { $0.configuration.shouldDisplay }.map { name(of: $0) }
      let hint = hint(for: word, among: names, isFirst: command == Queuectl.self)
      throw ValidationError(
        "unknown command \(quoted: word)"
          + (hint.isEmpty ? "; choices: \(names.joined(separator: ", "))" : hint))
    }
    return try self.command(in: Array(words.dropFirst()), below: named)
  }

  /// Refuses `--option=`: the parser would take the next word for the value.
  static func checkValues(_ words: [String]) throws {
    let options = words.prefix { $0 != "--" }
    if let empty = options.first(where: {
      $0.hasPrefix("--") && $0.firstIndex(of: "=") == $0.indices.last
    }) {
      throw ValidationError("\(empty) needs a value")
    }
  }

  /// Returns the words of the command that was meant, or of another one.
  private static func example(
    _ word: String?, below command: any ParsableCommand.Type
  ) -> String {
    let names = command.configuration.subcommands.map { name(of: $0) }
    let known = names.first { $0 == word }
    guard command != Queuectl.self else { return known ?? "status" }
    return "\(name(of: command)) \(known ?? names[0])"
  }

  /// Names that similar tools use, too different for spelling hints.
  private static let otherNames = [
    "add": "enqueue", "clean": "purge", "clear": "purge", "delete": "remove", "dequeue": "cancel",
    "kill": "cancel", "log": "logs", "ls": "list", "ps": "list", "requeue": "retry",
    "restart": "rerun", "rm": "remove", "run": "enqueue --wait", "start": "worker start",
    "stop": "worker stop", "submit": "enqueue", "tail": "logs --follow", "unpause": "resume",
  ]

  /// The same for subcommands: the first that a command has is meant.
  private static let otherSubcommands = [
    "delete": removals, "discard": removals, "ls": ["list"], "ps": ["list"], "remove": removals,
    "requeue": ["retry"], "rm": removals, "unpause": ["resume"],
  ]
  private static let removals = ["remove", "discard", "forget", "unset", "uninstall"]

  private static func hint(for word: String, among names: [String], isFirst: Bool) -> String {
    let other = isFirst ? otherNames[word] : otherSubcommands[word]?.first(where: names.contains)
    guard let other else {
      return Suggestion.hint(for: word, among: names)
    }
    return "; did you mean \"\(other)\"?"
  }

  /// Each configuration has a name: deriving it from the type took 5 % of a command's instructions.
  private static func name(of command: any ParsableCommand.Type) -> String {
    guard let name = command.configuration.commandName else {
      preconditionFailure("\(command) has no commandName")
    }
    return name
  }
}
