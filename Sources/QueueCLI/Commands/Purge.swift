import ArgumentParser
import QueueCore
import QueueSession

struct Purge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Remove ended jobs with their history and logs.",
    usage: "queuectl purge [<options>]",
    discussion: """
      Removes completed and cancelled jobs, or those in --state; never unfinished
      jobs or jobs with unfinished dependants. Workers remove jobs after
      keep-completed and keep-dead. The database file keeps its size; freed space
      is reused.

      EXAMPLES:
        $ queuectl purge --older-than 1d --dry-run
        $ queuectl purge --state completed --queue mail --yes
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @OptionGroup var states: StateFilter
  @OptionGroup var filter: JobFilterOptions

  @Flag(help: "Only count the jobs and name the first ten.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask; required without a terminal.")
  var yes = false

  func run() throws {
    let chosen = try states.states(among: JobState.ended, refusal: Self.unfinished)
    let session = try database.openReading()
    let removal = JobRemoval(
      session: session,
      selection: try filter.selection(
        in: states.isEmpty ? [.completed, .cancelled] : chosen, of: session))
    try removal.run(with: Consent(dryRun: dryRun, yes: yes))
  }

  static func unfinished(_ state: JobState) -> String {
    "\(state) jobs are unfinished and never removed: end them with \"queuectl cancel\"."
  }
}
