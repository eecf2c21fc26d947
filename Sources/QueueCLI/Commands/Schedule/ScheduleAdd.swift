import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a schedule, and print its next times.",
    discussion: """
      The job is a command line as one argument, JSON, or a program and its arguments
      after --. Without --max-retries or --timeout, each job gets the value that the
      setting has when the job is enqueued.

      EXAMPLES:
        $ queuectl schedule add nightly --cron '30 2 * * *' 'echo backup'
        $ queuectl schedule add sync --every 15m --timeout 5m -- echo sync
        $ queuectl schedule add report --cron '0 9 * * mon-fri' --tz UTC true
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The schedule's name.")
  var name: String

  @Argument(help: "A command line, or JSON.")
  var job: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("A program and its arguments, after --.", valueName: "word"))
  var words: [String] = []

  @OptionGroup var options: ScheduleOptions

  @Flag(help: "Add it paused.")
  var paused = false

  @Flag(help: "Keep an existing schedule of that name; no error.")
  var ifAbsent = false

  @Flag(help: "Redefine an existing schedule of that name; its history stays.")
  var replace = false

  func validate() throws {
    if ifAbsent, replace { throw ValidationError("--if-absent can't be combined with --replace.") }
    if job == "-" {
      throw ValidationError("Give its job as an argument: - isn't read as standard input here.")
    }
    if job == nil, words.isEmpty {
      throw ValidationError("Give its job: a command line, JSON, or -- and a command.")
    }
  }

  func run() throws {
    let now = try database.now()
    let (new, zone) = try definition(at: now)
    // A schedule that is never due must not create a database.
    _ = try Schedule(new, id: ScheduleID(0), in: zone, database: "", at: now.wall)
    let session = try database.openCreating()
    do {
      let schedule = try session.scheduleActions.add(new, in: zone, at: now)
      try ScheduleReport(schedule, in: zone, at: now, session).tell()
    } catch let error as StoreError where error.code == .duplicate && (ifAbsent || replace) {
      if replace {
        let changed = try session.scheduleActions.change(name, at: now) { schedule, queueID in
          try replaced(schedule, by: new, in: zone, queueID, at: now)
        }
        return try ScheduleReport(changed.schedule, in: zone, at: now, session)
          .tell(dropping: changed.passed)
      }
      ErrorReport.note("schedule \"\(name)\" exists and stays unchanged")
    }
  }

  private func definition(at now: Moment) throws -> (NewSchedule, ZoneRules) {
    let zones = ZoneFiles.ofThisProcess
    guard let timing = try options.timing.timing() else {
      throw ValidationError("Give its times: --cron '30 2 * * *' or --every 15m.")
    }
    let zoneName = try options.timing.zoneName(for: timing, in: zones)
    let zone = try zones.zone(zoneName)
    let isLocal = options.timing.tz == nil
    let clock =
      isLocal ? LocalTime.text(from: now.wall) : TimeText(now: now.wall, zone: zone.localZone)
    var defaults = try options.run.directory(for: clock)
    try options.apply(to: &defaults.spec)
    guard let job = try ScheduledCommand(line: job, words: words).job(with: defaults) else {
      throw ValidationError("The JSON has no job.")
    }
    var spec = ScheduleSpec(timing, zone: zoneName, job: job)
    try options.apply(to: &spec, clock: clock)
    return (try NewSchedule(name: name, spec, pausedAt: paused ? now.wall : nil), zone)
  }

  /// The same definition again keeps the times of an interval, so that a script may repeat it.
  private func replaced(
    _ schedule: Schedule, by new: NewSchedule, in zone: ZoneRules, _ queueID: String, at now: Moment
  ) throws -> Schedule.Changed {
    var spec = new.spec
    if spec.timing == schedule.spec.timing, spec.from == schedule.spec.from {
      spec.anchor = schedule.spec.anchor
    }
    var changed = try schedule.edited(to: spec, in: zone, database: queueID, at: now.wall)
    if paused { changed.schedule = changed.schedule.paused(at: now.wall) }
    return changed
  }
}
