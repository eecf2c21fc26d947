import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Progress: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "progress",
    abstract: "Report a job's progress, from inside the job.",
    usage: "queuectl progress [<options>] <percent> [<message>]",
    discussion: """
      "show" and "list" display it until the next run. It is refused outside a job,
      and from a run that has ended.

      EXAMPLES:
        $ queuectl enqueue 'queuectl progress 40 "epoch 5"'
        $ queuectl worker start --drain
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Percentage done, 0 to 100, and a few words about the current step.", valueName: "percent"))
  var words: [String]

  func run() throws {
    guard let percent = words.first, words.count <= 2 else {
      throw ValidationError("Give a percentage, and a message as one word, in quotes.")
    }
    let progress = try JobProgress(percent: percent, message: words.dropFirst().first)
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
