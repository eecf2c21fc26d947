import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change the priority, run time or command of a waiting job.",
    usage: "queuectl edit [<options>] <id>",
    discussion: """
      Running and ended jobs are refused.

      EXAMPLES:
        $ queuectl enqueue --id job1 --delay 1h 'echo hello'
        $ queuectl edit job1 --priority 10 --delay 0
        $ queuectl edit job1 --command 'echo bye'
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(help: OptionParsing.job, completion: ShellCompletions.unfinishedJobs)
  var id: String

  @Option(parsing: .unconditional, help: "Higher runs first.")
  var priority: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Time to wait before the first run: 90, 5m; 0 for none.", valueName: "duration"))
  var delay: String?

  @Option(parsing: .unconditional, help: OptionParsing.at)
  var at: String?

  @Option(parsing: .unconditional, help: "The new command line for /bin/sh -c.")
  var command: String?

  func validate() throws {
    if priority == nil, delay == nil, at == nil, command == nil {
      throw ValidationError("Give the change: --priority, --delay, --at or --command.")
    }
  }

  func run() throws {
    let now = try database.now()
    let edit = try edit(at: now)
    let session = try database.openReading()
    let job = try session.actions.edit(id, edit, at: now)
    try Output.standard.line("edited \(job.id)")
  }

  private func edit(at now: Moment) throws -> JobEdit {
    let runAt = try OptionParsing.runAt(delay: delay, at: at, from: now)
    do throws(InvalidJob) {
      return try JobEdit(command: command, priority: priority, runAt: runAt)
    } catch {
      throw ValidationError("--\(error)")
    }
  }
}
