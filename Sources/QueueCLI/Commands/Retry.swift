import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run jobs again: failed ones now, dead and cancelled ones anew.",
    discussion: """
      A failed job waits for the rest of its backoff no longer; its attempts stay. A
      dead or cancelled one goes back into the queue with all its retries, and its
      history stays. "queuectl dlq retry" has filters for many dead jobs. All that
      are named, or none.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl retry job1
      """)

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
