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
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Only those that are late, fail, keep being skipped, or can't go on.")
  var problems = false

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now().wall
    var views = try session.store.schedules().map { try ScheduleView($0, in: session, at: now) }
    if problems { views = views.filter(\.hasProblem) }
    if display.json {
      return try display.printJSON { json in
        json.array { json in
          for view in views { view.schedule.write(to: &json, in: view.zone, last: view.last) }
        }
      }
    }
    guard !views.isEmpty else {
      if !session.isMissing {
        ErrorReport.note(problems ? "no schedule has a problem" : "no schedules yet")
      }
      return
    }
    var table = Table([
      .init(title: "NAME", least: 8), .init(title: "WHEN", least: 10),
      .init(title: "ZONE", rank: 4), .init(title: "NEXT"), .init(title: "LAST", rank: 2),
      .init(title: "RESULT", isElastic: true), .init(title: "STREAK", rank: 1),
      .init(title: "MISSED", isNumber: true, rank: 3),
    ])
    for view in views { table.add(view.cells) }
    try display.print(table)
    for view in views where view.isLate {
      if let reason = try view.whyLate(in: session) { ErrorReport.note(reason) }
    }
  }
}

/// A schedule as `list` and `show` describe it.
struct ScheduleView {
  let schedule: Schedule
  /// Nil if it can't be read here.
  let zone: ZoneRules?
  /// The latest time that has a job.
  let last: Occurrence?
  private let now: Timestamp

  /// Later than that, a schedule that is due is late.
  private static let punctual = Duration.seconds(60)

  init(_ schedule: Schedule, in session: Session, at now: Timestamp) throws {
    self.schedule = schedule
    self.now = now
    zone = try? session.zones.zone(schedule.spec.zone)
    last = try session.store.occurrences(of: schedule.name, limit: Occurrence.keptCount)
      .first { $0.job != nil }
  }

  var clock: ScheduleClock { ScheduleClock(schedule.spec, zone) }

  var isLate: Bool {
    guard schedule.pausedAt == nil, let next = schedule.nextAt else { return false }
    return now - next > Self.punctual
  }

  var hasProblem: Bool {
    isLate || schedule.tally.failuresInRow > 0 || schedule.tally.skipsInRow > 3
      || schedule.problem != nil
  }

  var when: String {
    switch schedule.spec.timing {
    case .cron(let cron): cron.text
    case .every: schedule.spec.timing.words
    }
  }

  var next: String {
    if schedule.pausedAt != nil { return "paused" }
    guard let next = schedule.nextAt else { return "ended" }
    if isLate { return zone == nil ? "NO ZONE" : "LATE \((now - next).brief)" }
    return next > now ? "in \((next - now).brief)" : "now"
  }

  var result: String {
    if schedule.problem != nil { return "BROKEN" }
    let skips = schedule.tally.skipsInRow
    if skips > 0 { return "SKIPPED \(skips)\(last?.job.map { ": \($0.id) is unfinished" } ?? "")" }
    return last?.job.map(Self.text) ?? "-"
  }

  static func text(of job: Occurrence.Enqueued) -> String {
    switch job.state {
    case .completed: "completed" + (job.ran.map { " in \($0.brief)" } ?? "")
    case .dead: "dead" + (job.exitCode.map { ": exit status \($0)" } ?? "")
    case .pending, .processing, .failed, .cancelled: job.state.rawValue
    }
  }

  var cells: [Table.Cell] {
    let isInterval = if case .every = schedule.spec.timing { true } else { false }
    let tally = schedule.tally
    let streak =
      tally.failuresInRow > 0
      ? "FAIL \(tally.failuresInRow)" : tally.succeededAt == nil ? "-" : "ok"
    return [
      .init(schedule.name), .init(when), .init(isInterval ? "-" : schedule.spec.zone),
      .init(next), .init(last.map { clock.text($0.at) } ?? "-"),
      .init(result, as: last?.job?.state), .init(streak),
      .init(tally.missed > 0 ? "\(tally.missed)" : "-"),
    ]
  }

  /// Nil if that is unknown.
  func whyLate(in session: Session) throws -> String? {
    if zone == nil {
      do throws(InvalidJob) {
        _ = try session.zones.zone(schedule.spec.zone)
      } catch {
        return "\(schedule.name) is late: here, too, \(error)"
      }
    }
    guard try session.store.workers().isEmpty else { return nil }
    return "\(schedule.name) is late: no worker is there: \"queuectl worker start\""
  }
}
