import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show jobs, newest first by default.",
    discussion: """
      Ages count from when a job entered its state. More than 10000 jobs are sorted
      only by an order with an index: created, and for ended jobs also updated.

      EXAMPLES:
        $ queuectl list
        $ queuectl list --state pending --state failed
        $ queuectl list --search backup --limit 10
        $ queuectl list --state completed --newer-than 1h --sort runtime
        $ queuectl list --state dead --json
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Option(
    help: "Only jobs in this state: \(List.stateNames); may be repeated.",
    completion: ShellCompletions.states)
  var state: [String] = []

  @Option(help: "Only jobs of this queue.", completion: ShellCompletions.queues)
  var queue: String?

  @Option(
    help: ArgumentHelp("Only jobs that this schedule enqueued.", valueName: "name"),
    completion: ShellCompletions.schedules)
  var schedule: String?

  @Option(help: "Only jobs with this text in their id, command or error.")
  var search: String?

  @Option(
    help: ArgumentHelp(
      "Only jobs whose latest run ended with this status; 124 for a timeout, 137 for signal 9.",
      valueName: "status"))
  var exit: Int?

  @Option(
    help: ArgumentHelp("Only jobs in their state for longer than this.", valueName: "duration"))
  var olderThan: String?

  @Option(help: ArgumentHelp("Only jobs in their state for less than this.", valueName: "duration"))
  var newerThan: String?

  @Option(
    help: ArgumentHelp("Sort key, largest first: \(List.orderNames).", valueName: "order"),
    completion: .list(JobOrder.Key.allCases.map(\.rawValue)))
  var sort: String?

  @Flag(help: "Reverse the order.")
  var reverse = false

  @Option(parsing: .unconditional, help: OptionParsing.limit)
  var limit: Int?

  private static let orderNames = JobOrder.Key.allCases.map(\.rawValue).joined(separator: ", ")
  private static let stateNames = JobState.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    let states = Array(Set(try state.map { try OptionParsing.state($0) }))
    try OptionParsing.check(limit: limit)
    let order = JobOrder(try orderKey(), isReversed: reverse)
    let ages = try (
      older: olderThan.map { try OptionParsing.duration($0, flag: "--older-than") },
      newer: newerThan.map { try OptionParsing.duration($0, flag: "--newer-than") }
    )
    let session = try database.openReading()
    for note in try session.unknown(queue) { ErrorReport.note(note) }
    if let note = try session.unknownSchedule(schedule) { ErrorReport.note(note) }
    let now = session.clock.now().wall
    var query = JobQuery(states: states, queue: queue, search: search, exitStatus: exit)
    query.updatedBefore = ages.older.map { now + (.zero - $0) }
    query.updatedSince = ages.newer.map { now + (.zero - $0) }
    query.conditions = schedule.map { [JobPredicate(.schedule($0))] } ?? []
    query.order = order
    try JobListing(
      session: session, query: query, limit: limit, display: display, environment: environment
    ).show(columns: .all, whenEmpty: "no matching jobs")
  }

  private func orderKey() throws -> JobOrder.Key {
    guard let sort else { return .created }
    guard let key = JobOrder.Key(rawValue: sort.lowercased()) else {
      throw OptionParsing.unknown(sort, "an order", among: JobOrder.Key.allCases.map(\.rawValue))
    }
    return key
  }
}
