import ArgumentParser
import QueueCore
import QueueSession

struct Remove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove ended jobs, with their history and logs.",
    usage: "queuectl remove [<options>] (<id> ... | --all | filters)",
    discussion: """
      All named jobs are removed, or none. Unfinished jobs are refused, as are jobs
      that unfinished jobs wait for; filters skip both.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl remove job1
        $ queuectl remove --tag import-0412 --state cancelled --dry-run
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to remove.", valueName: "id"),
    completion: ShellCompletions.endedJobs)
  var ids: [String] = []

  @OptionGroup var states: StateFilter
  @OptionGroup var choice: JobChoice

  func run() throws {
    try choice.check(ids, states)
    let ended = try states.states(among: JobState.ended) { Purge.unfinished($0) }
    let session = try database.openReading()
    let removal = JobRemoval(
      session: session, selection: try choice.selection(ids, in: ended, of: session))
    try removal.run(with: choice.consent(ids))
  }
}
