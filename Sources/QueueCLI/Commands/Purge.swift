import ArgumentParser
import QueueCore
import QueueSession

struct Purge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove jobs that have ended, with their history and their logs.",
    discussion: """
      Completed and cancelled ones, unless --state says otherwise; never a job that
      is unfinished, or that another one waits for. Workers do the same by themselves
      after keep-completed and keep-dead. The database's file is used again; it
      doesn't shrink.

      EXAMPLES:
        $ queuectl purge --older-than 1d --dry-run
        $ queuectl purge --state completed --queue mail --yes
      """)

  @OptionGroup var database: DatabaseOption

  @Option(
    help: "Only jobs in this state: \(Purge.stateNames); may be repeated.",
    completion: .list(Purge.states.map(\.rawValue)))
  var state: [String] = []

  @Option(help: ArgumentHelp("Only jobs that ended at least this long ago.", valueName: "duration"))
  var olderThan: String?

  @Option(help: "Only jobs of this queue.", completion: ShellCompletions.queues)
  var queue: String?

  @Flag(help: "Only say how many it would be, and name the first ones.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask; needed without a terminal.")
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
      ErrorReport.note("\(count.needed, of: "job") left: others wait for them")
    }
  }

  private static func named(_ text: String) throws -> JobState {
    if let state = JobState(rawValue: text.lowercased()), state.isUnfinished {
      throw ValidationError(
        "\(state) jobs haven't ended and are never removed: \"queuectl cancel\" ends them.")
    }
    return try OptionParsing.state(text, among: states)
  }
}
