import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleEdit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change a schedule: its times, its policies or its job.",
    discussion: """
      Only the given values change. New times begin with the first one after now;
      past times get no job. Jobs already enqueued don't change. --unset resets a
      value to its default.

      EXAMPLES:
        $ queuectl schedule add nightly --cron '30 2 * * *' 'echo backup'
        $ queuectl schedule edit nightly --cron '45 3 * * *' --overlap queue
        $ queuectl schedule edit nightly --timeout 2h -- echo backup --full
        $ queuectl schedule edit nightly --unset timeout
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The schedule.", completion: ShellCompletions.schedules)
  var name: String

  @Argument(help: "Another command line, or JSON.")
  var job: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("Another program and its arguments, after --.", valueName: "word"))
  var words: [String] = []

  @OptionGroup var options: ScheduleOptions

  @Option(
    help: ArgumentHelp(
      "Remove this value, such as timeout or until; may be repeated.",
      valueName: "value"),
    completion: .list(OptionalScheduleValue.allCases.map(\.rawValue)))
  var unset: [String] = []

  func run() throws {
    let unset = try self.unset.map(OptionalScheduleValue.init(typed:))
    let now = try database.now()
    let timing = try options.timing.timing()
    let session = try database.openExisting()
    var zone = ZoneRules.utc
    let changed = try session.scheduleActions.change(name, at: now) { schedule, queueID in
      var spec = try spec(of: schedule, timing, in: session.zones, at: now)
      for value in unset { try value.unset(in: &spec, givenBy: options) }
      guard spec != schedule.spec else {
        throw ValidationError(
          "Nothing would change: give a flag with another value, --unset, or a command.")
      }
      zone = try session.zones.zone(spec.zone)
      return try schedule.edited(to: spec, in: zone, database: queueID, at: now.wall)
    }
    try ScheduleReport(changed.schedule, in: zone, at: now, session).tell(dropping: changed.passed)
  }

  private func spec(
    of schedule: Schedule, _ timing: Timing?, in zones: ZoneFiles, at now: Moment
  ) throws -> ScheduleSpec {
    var spec = schedule.spec
    if let timing {
      spec.timing = timing
      if case .cron = timing {
        spec.anchor = nil
        if case .every = schedule.spec.timing {
          spec.zone = try options.timing.zoneName(for: timing, in: zones)
        }
      }
    }
    if let tz = options.timing.tz { spec.zone = tz }
    let zone = try zones.zone(spec.zone)
    let isInterval = if case .every = spec.timing { true } else { false }
    let clock =
      isInterval && options.timing.tz == nil
      ? LocalTime.text(from: now.wall) : TimeText(now: now.wall, zone: zone.localZone)
    try options.apply(to: &spec, clock: clock)
    try options.apply(to: &spec.job)
    if let cwd = options.run.cwd {
      spec.job.directory =
        cwd.hasPrefix("/") ? cwd : try options.run.directory(for: clock).directory
    }
    if job != nil || !words.isEmpty {
      var defaults = JobDefaults(directory: spec.job.directory ?? "/", time: clock)
      defaults.spec = spec.job
      if let job = try ScheduledCommand(line: job, words: words).job(with: defaults) {
        spec.job = job
      }
    }
    return spec
  }
}
