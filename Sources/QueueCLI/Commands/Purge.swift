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

  @Option(
    help: "Only jobs in this state: \(Purge.stateNames); may be repeated.",
    completion: .list(Purge.states.map(\.rawValue)))
  var state: [String] = []

  @Option(help: ArgumentHelp("Only jobs that ended at least this long ago.", valueName: "duration"))
  var olderThan: String?

  @Option(help: "Only jobs of this queue.", completion: ShellCompletions.queues)
  var queue: String?

  @Flag(help: "Only count the jobs and name the first ten.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask; required without a terminal.")
  var yes = false

  private static let states = JobState.allCases.filter { !$0.isUnfinished }
  private static let stateNames = states.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    let age = try olderThan.map { try OptionParsing.duration($0, flag: "--older-than") }
    let states = try state.isEmpty ? [.completed, .cancelled] : state.map(Self.named)
    let session = try database.openReading()
    for note in try session.unknown(queue) { ErrorReport.note(note) }
    let removal = JobRemoval(
      session: session,
      selection: JobSelection(.matching(JobQuery(queue: queue)), in: states, age: age))
    let consent = Consent(dryRun: dryRun, yes: yes)
    guard
      try consent.isGiven(
        to: "remove", past: "removed", what: "job",
        of: {
          let count = try removal.count()
          return (count.first, count.removed)
        })
    else { return }
    let count = try removal.run()
    try Output.standard.line("removed \(count.removed, of: "job")")
    if count.needed > 0 {
      ErrorReport.note("\(count.needed, of: "job") not removed: unfinished jobs wait for them")
    }
  }

  private static func named(_ text: String) throws -> JobState {
    if let state = JobState(rawValue: text.lowercased()), state.isUnfinished {
      throw ValidationError(
        "\(state) jobs are unfinished and never removed: end them with \"queuectl cancel\".")
    }
    return try OptionParsing.state(text, among: states)
  }
}
