import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Run failed jobs now; requeue dead and cancelled jobs.",
    usage: "queuectl retry [<options>] (<id> ... | --all | filters)",
    discussion: """
      A failed job skips the rest of its backoff and keeps its attempts. A dead or
      cancelled job is requeued with all its retries and keeps its history. All
      named jobs are changed, or none.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl retry job1 --command 'echo better' --max-retries 5
        $ queuectl retry --state dead --exit 75 --newer-than 1h --dry-run
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to run again.", valueName: "id"), completion: ShellCompletions.jobs
  )
  var ids: [String] = []

  @Option(parsing: .unconditional, help: "A new command line for /bin/sh -c, for a single job.")
  var command: String?

  @Flag(help: "Change the command line in $VISUAL, $EDITOR or vi first, for a single job.")
  var edit = false

  @OptionGroup var retries: RetryLimitOption
  @OptionGroup var states: StateFilter
  @OptionGroup var choice: JobChoice

  private func check() throws {
    try choice.check(ids, states)
    if command != nil, ids.count != 1 {
      throw ValidationError(
        "--command takes a single job; for others, give the same filters to \"queuectl edit "
          + "--command …\", with --with-tag for --tag and --in-queue for --queue, then retry them.")
    }
    guard edit else { return }
    if ids.count != 1 { throw ValidationError("--edit takes a single job.") }
    if command != nil { throw ValidationError("--edit can't be combined with --command.") }
    if choice.dryRun { throw ValidationError("--edit can't be combined with --dry-run.") }
  }

  func run() throws {
    try check()
    let given = try retries.edit(command: command)
    let chosen = try states.states(among: JobState.retryable) { state in
      "\(state) jobs can't be retried; "
        + (state == .completed
          ? "\"queuectl rerun\" enqueues a copy." : "only failed, dead and cancelled ones.")
    }
    let session = try database.openReading()
    let selection = try choice.selection(ids, in: chosen, of: session)
    func retry(_ edit: JobEdit?) throws {
      try JobChange.retry(selection, with: edit, in: session).run(with: choice.consent(ids))
    }
    guard edit else { return try retry(given) }
    // Refuse a job that can't be retried before the editor starts.
    let now = session.clock.now()
    _ = try session.store.retry(selection, dryRun: true, at: now)
    try Editor.change(try session.store.job(ids[0], at: now).command) { command in
      try retry(try retries.edit(command: command))
    }
  }
}
