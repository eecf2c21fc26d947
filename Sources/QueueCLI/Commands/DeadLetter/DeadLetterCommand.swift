import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct DeadLetterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlq",
    abstract: "Show, retry and discard dead jobs, which are out of retries.",
    discussion: """
      EXAMPLES:
        $ queuectl dlq list
        $ queuectl dlq retry --all --yes
      """,
    subcommands: [
      DeadLetterList.self, DeadLetterShow.self, DeadLetterRetry.self, DeadLetterDiscard.self,
    ]
  ).below("queuectl")
}

struct DeadLetterFilter: ParsableArguments {
  @Option(help: "Only jobs with this text in their id, command or error.")
  var search: String?

  @Option(
    help: ArgumentHelp(
      "Only jobs whose latest run ended with this status; 124 for a timeout, 137 for signal 9.",
      valueName: "status"))
  var exit: Int?

  var query: JobQuery { JobQuery(states: [.dead], search: search, exitStatus: exit) }
  var isEmpty: Bool { search == nil && exit == nil }
}

struct DeadLetterList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show dead jobs, the latest death first.",
    usage: "queuectl dlq list [<options>]",
    discussion: """
      EXAMPLES:
        $ queuectl dlq list
        $ queuectl dlq list --exit 127
        $ queuectl dlq list --json
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var filter: DeadLetterFilter
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Option(parsing: .unconditional, help: OptionParsing.limit)
  var limit: Int?

  private var query: JobQuery {
    var query = filter.query
    query.order = JobOrder(.updated)
    return query
  }

  func run() throws {
    try OptionParsing.check(limit: limit)
    try JobListing(
      session: try database.openReading(), query: query, limit: limit, display: display,
      environment: environment
    ).show(columns: .dead, whenEmpty: filter.isEmpty ? "no dead jobs" : "no matching dead jobs")
  }
}

struct DeadLetterShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one dead job: its fields and all its runs.",
    usage: "queuectl dlq show [<options>] <id>",
    discussion: """
      EXAMPLES:
        $ queuectl enqueue --id job1 --max-retries 0 false
        $ queuectl worker start --drain
        $ queuectl dlq show job1
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var view: JobView

  @Argument(help: OptionParsing.job, completion: ShellCompletions.deadJobs)
  var id: String

  func run() throws {
    let session = try database.openReading()
    let job = try session.store.job(id, at: session.clock.now())
    guard job.state == .dead else {
      throw Failure(
        "job \(quoted: id) is \(job.state), not dead: \"queuectl show\" shows it")
    }
    try view.show(job, in: session)
  }
}
