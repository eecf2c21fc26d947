import ArgumentParser
import Glibc
import QueueCore
import QueueWorker

/// `queuectl dlq`: the dead letter queue, where jobs are that used up their retries.
struct DeadLetterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlq",
    abstract: "Show and retry dead jobs: those that used up their retries.",
    discussion: """
      EXAMPLES:
        $ queuectl dlq list
        $ queuectl dlq retry --all --yes
      """,
    subcommands: [DeadLetterList.self, DeadLetterRetry.self])
}

/// Which dead jobs are meant.
struct DeadLetterFilter: ParsableArguments {
  @Option(help: "Only jobs with this text in their id, command or error.")
  var search: String?

  @Option(
    help: ArgumentHelp("Only jobs whose last run ended with this status.", valueName: "status"))
  var exit: Int?

  var query: JobQuery { JobQuery(states: [.dead], search: search, exitCode: exit) }
}

/// `queuectl dlq list`.
struct DeadLetterList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show dead jobs, newest first.",
    discussion: """
      EXAMPLES:
        $ queuectl dlq list
        $ queuectl dlq list --exit 127
        $ queuectl dlq list --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var filter: DeadLetterFilter
  @OptionGroup var display: DisplayOptions

  @Option(
    parsing: .unconditional,
    help: "At most this many; 0 for all. Default: 100, and all with --json.")
  var limit: Int?

  func run() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more, not \(limit).") }
    try JobListing(
      session: try database.openReading(), query: filter.query, limit: limit, display: display
    ).show(columns: .dead, whenEmpty: "no dead jobs")
  }
}

/// `queuectl dlq retry`.
struct DeadLetterRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Put dead jobs back into the queue, with all their retries.",
    discussion: """
      Jobs named by id are retried all together or not at all.

      EXAMPLES:
        $ queuectl dlq retry --all --exit 127 --dry-run
        $ queuectl dlq retry --all --yes
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var filter: DeadLetterFilter

  @Argument(help: ArgumentHelp("The jobs to retry.", valueName: "id"))
  var ids: [String] = []

  @Flag(help: "Retry all dead jobs, or all that --search and --exit leave.")
  var all = false

  @Flag(help: "Only say how many it would be.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask.")
  var yes = false

  func validate() throws {
    let isFiltered = filter.search != nil || filter.exit != nil
    if ids.isEmpty && !all { throw ValidationError("Say which jobs: their ids, or --all.") }
    if !ids.isEmpty && (all || isFiltered) {
      throw ValidationError("Ids don't go together with --all, --search and --exit.")
    }
  }

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    let selection: DeadSelection = all ? .matching(filter.query) : .named(ids)
    if dryRun || mustAsk {
      let count = try session.store.retryDead(selection, dryRun: true, at: now)
      if dryRun { return try Output.standard.line("would retry \(Self.counted(count))") }
      if count > 0, !Question.isConfirmed("Retry \(Self.counted(count))?") {
        throw Failure("nothing was retried")
      }
    }
    let count = try session.store.retryDead(
      selection, dryRun: false, at: session.clock.now())
    if count > 0 { session.ring() }
    try Output.standard.line("retried \(Self.counted(count))")
  }

  private var mustAsk: Bool { all && !yes && isatty(STDIN_FILENO) == 1 }

  private static func counted(_ count: Int) -> String {
    "\(count) dead \(count == 1 ? "job" : "jobs")"
  }
}

/// A question to somebody at a terminal.
enum Question {
  /// Whether the answer begins with y; anything else means no.
  static func isConfirmed(_ question: String) -> Bool {
    let bytes = Array("\(question) [y/N] ".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    guard let answer = readLine() else { return false }
    return answer.lowercased().hasPrefix("y")
  }
}
