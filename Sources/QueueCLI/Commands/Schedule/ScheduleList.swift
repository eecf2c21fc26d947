import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show every schedule: its next time, and how its last job ended.",
    discussion: """
      EXAMPLES:
        $ queuectl schedule list
        $ queuectl schedule list --problems
        $ queuectl schedule list --json
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Only schedules that are late, failing, repeatedly skipped or broken.")
  var problems = false

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    var schedules = try session.store.schedules()
    if problems { schedules.removeAll { $0.faults(.display, at: now.wall).isEmpty } }
    let views = try schedules.map { try ScheduleView($0, in: session, at: now.wall) }
    if display.json {
      return try display.printJSON { json in
        json.array { json in
          for view in views { view.schedule.write(to: &json, in: view.zone, last: view.line.last) }
        }
      }
    }
    let damaged = try session.store.damagedSchedules()
    for schedule in damaged { ErrorReport.note(schedule.problem) }
    guard !views.isEmpty else {
      if damaged.isEmpty, !session.isMissing {
        ErrorReport.note(problems ? "no schedule has a problem" : "no schedules yet")
      }
      return
    }
    var table = Table([
      .init(title: "NAME", least: 8, isName: true), .init(title: "WHEN", least: 10),
      .init(title: "ZONE", rank: 4), .init(title: "NEXT"), .init(title: "LAST", rank: 2),
      .init(title: "RESULT", isElastic: true), .init(title: "STREAK", rank: 1),
      .init(title: "MISSED", isNumber: true, rank: 3),
    ])
    for view in views { table.add(view.cells) }
    try display.print(table)
    guard views.contains(where: \.isLate) else { return }
    let surroundings = try ScheduleSurroundings(of: session, at: now)
    for view in views {
      for reason in view.lateReasons(surroundings) {
        ErrorReport.note("\(view.schedule.name): \(reason.hint)")
      }
    }
  }
}
