import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change a job that isn't running.",
    usage: "queuectl edit [<options>] <id>",
    discussion: """
      Running and completed jobs are refused. A dead or cancelled job keeps its
      state until it is retried. --env adds variables, or replaces their values.

      EXAMPLES:
        $ queuectl enqueue --id job1 --delay 1h 'echo hello'
        $ queuectl edit job1 --priority 10 --delay 0
        $ queuectl edit job1 --command 'echo bye' --timeout 10m --max-retries 5
        $ queuectl list --tag reel1 --ids | xargs -r -n 1 queuectl edit --nice 10
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(help: OptionParsing.job, completion: ShellCompletions.jobs)
  var id: String

  @OptionGroup var changes: JobChanges

  func run() throws {
    let now = try database.now()
    let edit = try changes.edit(at: now)
    guard edit != (try JobEdit()) else {
      throw ValidationError("Give the change, such as --priority, --delay or --command.")
    }
    let session = try database.openReading()
    let job = try session.actions.edit(id, edit, at: now)
    try Output.standard.line("edited \(job.id)")
    guard !job.state.isUnfinished else { return }
    let advice = ShellWords.command(["queuectl", "retry", job.id.text])
    ErrorReport.note("\(job.id) stays \(job.state) until it is retried: \"\(advice)\"")
  }
}
