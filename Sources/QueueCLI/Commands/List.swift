import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show jobs, newest first by default.",
    usage: "queuectl list [<options>]",
    discussion: """
      Ages count from when a job entered its state. More than 10000 jobs can only be
      sorted by created or, if all have ended, by updated.

      EXAMPLES:
        $ queuectl list
        $ queuectl list --state pending,failed --tag import-0412
        $ queuectl list --search backup --limit 10
        $ queuectl list --state completed --newer-than 1h --sort runtime
        $ queuectl list --state dead --json
        $ queuectl list --fields id,exit_code,error
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @OptionGroup var states: StateFilter
  @OptionGroup var filter: JobFilterOptions

  @Option(
    help: ArgumentHelp("Sort key, largest first: \(List.orderNames).", valueName: "order"),
    completion: .list(JobOrder.Key.allCases.map(\.rawValue)))
  var sort: String?

  @Flag(help: "Reverse the order.")
  var reverse = false

  @Option(parsing: .unconditional, help: OptionParsing.limit)
  var limit: Int?

  @Flag(help: "Print ids only; all of them if the output isn't a terminal.")
  var ids = false

  @Option(
    help: ArgumentHelp(
      "Print these JSON fields, separated by tabs; all jobs if the output isn't a terminal.",
      valueName: "names"), completion: ShellCompletions.fields)
  var fields: String?

  @Flag(help: "Show times instead of ages.")
  var times = false

  func validate() throws {
    if [ids, fields != nil, display.json].count(where: { $0 }) > 1 {
      throw ValidationError("--ids, --fields and --json can't be combined.")
    }
  }

  private static let orderNames = JobOrder.Key.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    try OptionParsing.check(limit: limit)
    let columns = try ids ? FieldColumns(typed: "id") : fields.map { try FieldColumns(typed: $0) }
    let order = JobOrder(try orderKey(), isReversed: reverse)
    let chosen = try states.isEmpty ? [] : states.states()
    let session = try database.openReading()
    var query = try filter.query(at: session.clock.now())
    try filter.noteUnknown(in: session)
    query.states = chosen
    query.order = order
    let listing = JobListing(
      session: session, query: query, limit: limit, display: display, environment: environment)
    if let columns { return try listing.show(columns) }
    try listing.show(columns: .all(times: times), whenEmpty: "no matching jobs")
  }

  private func orderKey() throws -> JobOrder.Key {
    guard let sort else { return .created }
    guard let key = JobOrder.Key(rawValue: sort.lowercased()) else {
      throw OptionParsing.unknown(
        sort, "an order that --sort takes", among: JobOrder.Key.allCases.map(\.rawValue))
    }
    return key
  }
}
