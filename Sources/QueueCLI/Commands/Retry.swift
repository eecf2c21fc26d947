import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Run failed jobs now; requeue dead and cancelled jobs.",
    discussion: """
      A failed job skips the rest of its backoff and keeps its attempts. A dead or
      cancelled job is requeued with all its retries and keeps its history. All
      named jobs are changed, or none. "queuectl dlq retry" has filters.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl retry job1
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to run again.", valueName: "id"), completion: ShellCompletions.jobs
  )
  var ids: [String]

  func run() throws {
    let session = try database.openReading()
    let step = try session.actions.retry(
      JobSelection(.named(ids), in: JobState.retryable), at: session.clock.now())
    try Output.standard.line("retried \(step.jobs.count, of: "job")")
  }
}
