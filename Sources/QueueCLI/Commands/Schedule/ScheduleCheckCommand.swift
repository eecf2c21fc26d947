import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Print the faults of schedules, and exit with status 3 if there are any.",
    usage: "queuectl schedule check [<name> ...] [<options>]",
    discussion: """
      Run it from your monitoring, not as a job: without workers no job runs. Faults
      are: more than 5 minutes late, the last job dead, more than 3 times skipped in
      a row, an invalid job, and no success for longer than --within. A paused or
      ended schedule is a fault only if it is named.

      EXAMPLES:
        $ queuectl schedule add nightly --cron '30 2 * * *' 'echo backup'
        $ queuectl schedule check
        $ queuectl schedule check nightly --within 26h
        $ queuectl schedule check --json
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The schedules; all by default.", valueName: "name"),
    completion: ShellCompletions.schedules)
  var names: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A fault if no job has completed for longer than this.", valueName: "duration"))
  var within: String?

  @Flag(help: "Print JSON: every schedule that was checked, with its faults.")
  var json = false

  private static let faultStatus = ExitCode(3)

  func run() throws {
    var check = ScheduleCheck(
      within: try within.map { try OptionParsing.duration($0, flag: "--within") })
    if let limit = check.within, limit <= .zero {
      throw ValidationError("--within must be more than 0, not \(limit.text).")
    }
    check.mustGoOn = !names.isEmpty
    // Without a queue there is nothing that enqueues, so a monitor must learn of it.
    let session = try database.openExisting()
    let schedules =
      try names.isEmpty
      ? session.store.schedules() : names.map { try session.store.schedule($0) }
    var found = try Self.reasons(for: schedules, check, in: session)
    if names.isEmpty {
      found += try session.store.damagedSchedules().map { ($0.name, [.init(damaged: $0)]) }
    }
    if json {
      try print(found)
    } else {
      for (name, reasons) in found {
        for reason in reasons { ErrorReport.note("\(name): \(reason.hint)") }
      }
      if found.isEmpty { ErrorReport.note("no schedules yet") }
    }
    if found.contains(where: { !$0.reasons.isEmpty }) { throw Self.faultStatus }
  }

  private static func reasons(
    for schedules: [Schedule], _ check: ScheduleCheck, in session: Session
  ) throws -> [(name: String, reasons: [ScheduleExplanation.Reason])] {
    let now = session.clock.now()
    let faults = schedules.map { $0.faults(check, at: now.wall) }
    guard faults.contains(where: { !$0.isEmpty }) else { return schedules.map { ($0.name, []) } }
    let surroundings = try ScheduleSurroundings(of: session, at: now)
    return try zip(schedules, faults).map { schedule, faults in
      guard !faults.isEmpty else { return (schedule.name, []) }
      let view = try ScheduleView(schedule, in: session, at: now.wall)
      return (schedule.name, view.reasons(for: faults, surroundings))
    }
  }

  private func print(_ found: [(name: String, reasons: [ScheduleExplanation.Reason])]) throws {
    var writer = JSONWriter()
    writer.array { json in
      for (name, reasons) in found {
        json.object { json in
          json.field("name", name)
          json.key("faults")
          json.array { json in for reason in reasons { json.object(reason.write) } }
        }
      }
    }
    writer.lineEnd()
    try Output.standard.write(writer.bytes)
  }
}
