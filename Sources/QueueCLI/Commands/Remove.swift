import ArgumentParser
import QueueCore
import QueueSession

struct Remove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove ended jobs by id, with their history and logs.",
    usage: "queuectl remove [<options>] <id> ...",
    discussion: """
      All named jobs are removed, or none. Unfinished jobs are refused, as are jobs
      that unfinished jobs wait for. "queuectl purge" removes by state and age.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl cancel job1
        $ queuectl remove job1
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to remove.", valueName: "id"),
    completion: ShellCompletions.endedJobs)
  var ids: [String]

  @Flag(help: "Only count the jobs and name the first ten.")
  var dryRun = false

  func run() throws {
    let session = try database.openReading()
    let ended = JobState.allCases.filter { !$0.isUnfinished }
    let removal = JobRemoval(
      session: session, selection: JobSelection(.named(ids), in: ended))
    let consent = Consent(dryRun: dryRun, yes: false, isNamed: true)
    let isGiven = try consent.isGiven(to: "remove", past: "removed", what: "job") {
      let count = try removal.count()
      return (count.first, count.removed)
    }
    guard isGiven else { return }
    try Output.standard.line("removed \(try removal.run().removed, of: "job")")
  }
}
