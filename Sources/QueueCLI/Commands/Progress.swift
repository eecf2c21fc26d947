import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Progress: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "From inside a job: say how far it has come.",
    discussion: """
      "show" and "list" show it until the job is run again. It is refused outside of
      a job, and from a run that isn't going on any more.

      EXAMPLES:
        $ queuectl enqueue 'queuectl progress 40 "epoch 5"'
        $ queuectl worker start --drain
      """)

  @OptionGroup var database: DatabaseOption

  @Argument(help: "How much is done, 0 to 100.")
  var percent: String

  @Argument(help: "What the job is at.")
  var message: String?

  func run() throws {
    let progress = try JobProgress(percent: percent, message: message)
    let environment = ProcessEnvironment.current
    guard let run = environment["QUEUECTL_RUN_ID"] else {
      throw Failure("this isn't inside of a job: QUEUECTL_RUN_ID isn't set")
    }
    let session = try database.openExisting()
    guard try session.store.setProgress(progress, of: run, at: session.clock.now()) else {
      let job = environment["QUEUECTL_JOB_ID"] ?? ""
      throw Failure(
        "this run of job \(quoted: job) isn't going on any more, or not here")
    }
  }
}
