import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Progress: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "progress",
    abstract: "Report a job's progress, from inside the job.",
    discussion: """
      "show" and "list" display it until the next run. It is refused outside a job,
      and from a run that has ended.

      EXAMPLES:
        $ queuectl enqueue 'queuectl progress 40 "epoch 5"'
        $ queuectl worker start --drain
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "Percentage done, 0 to 100.")
  var percent: String

  @Argument(help: "A few words about the current step.")
  var message: String?

  func run() throws {
    let progress = try JobProgress(percent: percent, message: message)
    let environment = ProcessEnvironment.current
    guard let run = environment["QUEUECTL_RUN_ID"] else {
      throw Failure("not inside a job: QUEUECTL_RUN_ID isn't set")
    }
    let session = try database.openExisting()
    guard try session.store.setProgress(progress, of: run, at: session.clock.now()) else {
      let job = environment["QUEUECTL_JOB_ID"] ?? ""
      throw Failure(
        "this run of job \(quoted: job) has ended, or belongs to another queue")
    }
  }
}
