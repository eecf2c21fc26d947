import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Run failed jobs now; requeue dead and cancelled jobs.",
    usage: "queuectl retry [<options>] <id> ...",
    discussion: """
      A failed job skips the rest of its backoff and keeps its attempts. A dead or
      cancelled job is requeued with all its retries and keeps its history. All
      named jobs are changed, or none. "queuectl dlq retry" has filters.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl retry job1 --command 'echo better' --max-retries 5
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to run again.", valueName: "id"), completion: ShellCompletions.jobs
  )
  var ids: [String]

  @Option(parsing: .unconditional, help: "A new command line for /bin/sh -c, for a single job.")
  var command: String?

  @OptionGroup var retries: RetryLimitOption

  func validate() throws {
    if command != nil, ids.count > 1 { throw ValidationError("--command takes a single job.") }
  }

  func run() throws {
    let edit = try retries.edit(command: command)
    let session = try database.openReading()
    let selection = JobSelection(.named(ids), in: JobState.retryable)
    if let edit { try session.change(selection, by: edit) }
    let step = try session.actions.retry(selection, at: session.clock.now())
    try Output.standard.line("retried \(step.jobs.count, of: "job")")
  }
}
