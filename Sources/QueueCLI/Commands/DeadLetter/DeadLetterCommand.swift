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
  @OptionGroup var filter: JobFilterOptions
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Option(parsing: .unconditional, help: OptionParsing.limit)
  var limit: Int?

  func run() throws {
    try OptionParsing.check(limit: limit)
    let session = try database.openReading()
    var query = try filter.query(at: session.clock.now())
    try filter.noteUnknown(in: session)
    query.states = [.dead]
    query.order = JobOrder(.updated)
    try JobListing(
      session: session, query: query, limit: limit, display: display, environment: environment
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
