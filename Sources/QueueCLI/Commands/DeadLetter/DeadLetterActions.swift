import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct DeadLetterChoice: ParsableArguments {
  @OptionGroup var filter: DeadLetterFilter

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"), completion: ShellCompletions.deadJobs)
  var ids: [String] = []

  @Flag(help: "All dead jobs, or all that match --search and --exit.")
  var all = false

  @Flag(help: "Only count the jobs and name the first ten.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask; required for --all without a terminal.")
  var yes = false

  var selection: JobSelection {
    JobSelection(all ? .matching(filter.query) : .named(ids), in: [.dead])
  }

  func validate() throws {
    let isFiltered = filter.search != nil || filter.exit != nil
    if ids.isEmpty && !all { throw ValidationError("Name the jobs by id, or pass --all.") }
    if !ids.isEmpty && (all || isFiltered) {
      throw ValidationError("Ids can't be combined with --all, --search or --exit.")
    }
  }

  /// See ``Consent/isGiven(to:past:what:of:)``.
  func isConfirmed(
    _ verb: String, past: String, jobs: () throws -> (first: [JobID], count: Int)
  ) throws -> Bool {
    try Consent(dryRun: dryRun, yes: yes, isNamed: !all)
      .isGiven(to: verb, past: past, what: "dead job", of: jobs)
  }
}

struct DeadLetterRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Requeue dead jobs, with all their retries.",
    usage: "queuectl dlq retry [<options>] (<id> ... | --all)",
    discussion: """
      Jobs named by id are retried all together or not at all.

      EXAMPLES:
        $ queuectl dlq retry --all --exit 127 --dry-run
        $ queuectl dlq retry --all --max-retries 10 --yes
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var choice: DeadLetterChoice
  @OptionGroup var retries: RetryLimitOption

  func run() throws {
    let edit = try retries.edit()
    let session = try database.openReading()
    var seen = SelectionStep()
    let isConfirmed = try choice.isConfirmed("retry", past: "retried") {
      seen = try session.store.retry(choice.selection, dryRun: true, at: session.clock.now())
      return (Array(seen.jobs.prefix(Consent.namedCount)), seen.jobs.count)
    }
    guard isConfirmed else { return noteLeft(seen) }
    if let edit { try session.change(choice.selection, by: edit) }
    let done = try session.actions.retry(choice.selection, at: session.clock.now())
    try Output.standard.line("retried \(done.jobs.count, of: "dead job")")
    noteLeft(done)
  }

  private func noteLeft(_ step: SelectionStep) {
    for (reason, jobs) in Dictionary(grouping: step.left, by: \.summary).sorted(by: {
      $0.key < $1.key
    }) {
      ErrorReport.note("\(jobs.count, of: "dead job") not retried: \(reason)")
    }
  }
}

struct DeadLetterDiscard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard",
    abstract: "Remove dead jobs with their history and logs.",
    usage: "queuectl dlq discard [<options>] (<id> ... | --all)",
    discussion: """
      Jobs named by id are removed all together or not at all. A job with waiting
      dependants is refused by id, and skipped by --all.

      EXAMPLES:
        $ queuectl dlq discard --all --exit 127 --dry-run
        $ queuectl dlq discard --all --yes
      """
  ).below("queuectl dlq")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var choice: DeadLetterChoice

  func run() throws {
    let session = try database.openReading()
    let removal = JobRemoval(session: session, selection: choice.selection)
    let isConfirmed = try choice.isConfirmed("discard", past: "discarded") {
      let count = try removal.count()
      return (count.first, count.removed)
    }
    guard isConfirmed else { return }
    let count = try removal.run()
    try Output.standard.line("discarded \(count.removed, of: "dead job")")
    if count.needed > 0 {
      ErrorReport.note(
        "\(count.needed, of: "dead job") not discarded: unfinished jobs wait for them")
    }
  }
}
