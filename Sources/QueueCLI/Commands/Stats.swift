import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show rates, failures, waits and run times.",
    discussion: """
      Covers the last minute, hour and day. Percentiles are within 1/16 of the
      exact values.

      EXAMPLES:
        $ queuectl stats
        $ queuectl stats --queue mail
        $ queuectl stats --json
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Option(help: "Only this queue.", completion: ShellCompletions.queues)
  var queue: String?

  func run() throws {
    let session = try database.openReading()
    for note in try session.unknown(queue) { ErrorReport.note(note) }
    let report = try StatsReport(of: session.store, queue: queue, at: session.clock.now())
    guard !display.json else { return try display.printJSON { report.write(to: &$0) } }
    if session.isMissing { return }
    try display.print(report.windowsTable)
    try Output.standard.line("")
    for line in report.backlogLines { try Output.standard.line(line) }
    for (title, table) in report.otherTables {
      try Output.standard.line("")
      try Output.standard.line(title)
      try display.print(table)
    }
  }
}
