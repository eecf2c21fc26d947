import ArgumentParser
import QueueCore
import QueueSession

struct DeadLetterRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Requeue dead jobs, with all their retries.",
    usage: "queuectl dlq retry [<options>] (<id> ... | --all | filters)",
    discussion: """
      Jobs named by id are retried all together or not at all.

      EXAMPLES:
        $ queuectl dlq retry --all --exit 127 --dry-run
        $ queuectl dlq retry --all --max-retries 10 --yes
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"), completion: ShellCompletions.deadJobs)
  var ids: [String] = []

  @OptionGroup var choice: JobChoice
  @OptionGroup var retries: RetryLimitOption

  func run() throws {
    try choice.check(ids)
    let edit = try retries.edit()
    let session = try database.openReading()
    let selection = try choice.selection(ids, in: [.dead], of: session)
    try JobChange.retry(selection, with: edit, in: session)
      .run(with: choice.consent(ids), what: "dead job")
  }
}

struct DeadLetterDiscard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard",
    abstract: "Remove dead jobs with their history and logs.",
    usage: "queuectl dlq discard [<options>] (<id> ... | --all | filters)",
    discussion: """
      Jobs named by id are removed all together or not at all. A job with waiting
      dependants is refused by id, and skipped by filters.

      EXAMPLES:
        $ queuectl dlq discard --all --exit 127 --dry-run
        $ queuectl dlq discard --all --yes
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"), completion: ShellCompletions.deadJobs)
  var ids: [String] = []

  @OptionGroup var choice: JobChoice

  func run() throws {
    try choice.check(ids)
    let session = try database.openReading()
    let removal = JobRemoval(
      session: session, selection: try choice.selection(ids, in: [.dead], of: session))
    try removal.run(
      with: choice.consent(ids), verb: "discard", past: "discarded", what: "dead job")
  }
}
