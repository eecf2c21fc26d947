import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Enqueue jobs at times of day, or at fixed intervals.",
    discussion: """
      At each time one of the running workers enqueues the job, whichever queues it
      serves; with --drain, it does so only when it starts. --cron takes the fields
      of crontab: minutes, hours, days, months, weekdays.

      EXAMPLES:
        $ queuectl schedule add nightly --cron '30 2 * * *' -- echo backup
        $ queuectl schedule list
        $ queuectl schedule next --cron '0 9 * * mon-fri' --tz Europe/Berlin
      """,
    subcommands: [
      ScheduleAdd.self, ScheduleList.self, ScheduleShow.self, ScheduleNext.self,
      ScheduleCheckCommand.self, ScheduleEdit.self, ScheduleRename.self, SchedulePause.self,
      ScheduleResume.self,
      ScheduleRemove.self, ScheduleRun.self, ScheduleImportCrontab.self,
    ]
  ).below("queuectl")
}

struct ScheduleNames: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The schedules.", valueName: "name"), completion: ShellCompletions.schedules)
  var names: [String] = []

  @Flag(help: "All schedules.")
  var all = false

  func validate() throws {
    if names.isEmpty != all {
      throw ValidationError(
        all ? "Names can't be combined with --all." : "Give schedule names, or --all.")
    }
  }

  /// - Throws: `notFound` for the first name that no schedule has.
  func found(in session: Session) throws -> [String] {
    if all { return try session.store.schedules().map(\.name) }
    for name in names { _ = try session.store.schedule(name) }
    return names
  }
}

struct SchedulePause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Pause schedules. Jobs already enqueued continue.",
    discussion: """
      EXAMPLES:
        $ queuectl schedule add sync --every 15m 'echo sync'
        $ queuectl schedule pause sync
        $ queuectl schedule pause --all
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var schedules: ScheduleNames

  func run() throws {
    let session = try database.openExisting()
    let now = session.clock.now()
    for name in try schedules.found(in: session) {
      _ = try session.scheduleActions.change(name, at: now) { schedule, _ in
        Schedule.Changed(schedule: schedule.paused(at: now.wall))
      }
      try Output.standard.line("paused \(name)")
    }
  }
}

struct ScheduleResume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Resume paused schedules from their next time.",
    discussion: """
      Times that passed meanwhile get no job.

      EXAMPLES:
        $ queuectl schedule add sync --every 15m --paused 'echo sync'
        $ queuectl schedule resume sync
        $ queuectl schedule resume --all
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var schedules: ScheduleNames

  func run() throws {
    let session = try database.openExisting()
    let now = session.clock.now()
    for name in try schedules.found(in: session) {
      var zone = ZoneRules.utc
      let changed = try session.scheduleActions.change(name, at: now) { schedule, _ in
        zone = try session.zones.zone(schedule.spec.zone)
        return schedule.resumed(in: zone, at: now.wall)
      }
      let clock = ScheduleClock(changed.schedule.spec, zone)
      let next = changed.schedule.nextAt.map { "next \(clock.text($0))" } ?? "it has ended"
      try Output.standard.line("resumed \(name): \(next)")
      if changed.passed > 0 {
        ErrorReport.note(
          "\(changed.passed, of: "time") of \(name) passed while it was paused, without a job")
      }
    }
  }
}

struct ScheduleRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Enqueue the job of a schedule now.",
    discussion: """
      Prints the job's id. The schedule's times don't change; it may be paused or
      ended.

      EXAMPLES:
        $ queuectl schedule add sync --every 15m 'echo sync'
        $ queuectl schedule run sync
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The schedule.", completion: ShellCompletions.schedules)
  var name: String

  @Flag(help: "Even if an earlier job is unfinished; both run.")
  var anyway = false

  @Flag(
    help: "Print the job's output and exit with its status. ^C cancels the job.")
  var wait = false

  func run() throws {
    if wait { AttachedJob.holdInterrupts() }
    let session = try database.openExisting()
    let id = try session.scheduleActions.run(
      name, isBesideOthers: anyway, settings: try session.store.settings(),
      at: session.clock.now())
    guard !wait else { return try AttachedJob(id: id, isOwn: true, session: session).stay() }
    try Output.standard.line(id.text)
  }
}

struct ScheduleRename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename",
    abstract: "Rename a schedule. Its times and its history stay.",
    discussion: """
      EXAMPLES:
        $ queuectl schedule add sync --every 15m 'echo sync'
        $ queuectl schedule rename sync sync-all
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The schedule.", completion: ShellCompletions.schedules)
  var name: String

  @Argument(help: ArgumentHelp("Its new name.", valueName: "new"))
  var newName: String

  func run() throws {
    let session = try database.openExisting()
    let now = session.clock.now()
    _ = try session.scheduleActions.change(name, at: now) { schedule, _ in
      var renamed = schedule
      renamed.name = try NewSchedule(name: newName, schedule.spec).name
      renamed.revision += 1
      renamed.updatedAt = now.wall
      return Schedule.Changed(schedule: renamed)
    }
    try Output.standard.line("renamed \(name) to \(newName)")
  }
}

struct ScheduleRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove schedules with their history. Their jobs stay.",
    discussion: """
      EXAMPLES:
        $ queuectl schedule add sync --every 15m 'echo sync'
        $ queuectl schedule remove sync
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The schedules.", valueName: "name"), completion: ShellCompletions.schedules)
  var names: [String]

  @Flag(help: "Cancel their unfinished jobs.")
  var cancel = false

  func run() throws {
    let session = try database.openExisting()
    for name in names { _ = try session.store.schedule(name) }
    for name in names {
      let unfinished = try session.store.removeSchedule(name)
      if cancel, !unfinished.isEmpty {
        let selection = JobSelection(.named(unfinished.map(\.text)), in: JobState.allCases)
        try session.actions.cancel(selection, at: session.clock.now())
      }
      try Output.standard.line("removed \(name)")
      guard !cancel else { continue }
      for job in unfinished.prefix(10) {
        ErrorReport.note("its job \(job) is unfinished and stays: \"queuectl cancel \(job)\"")
      }
      if unfinished.count > 10 {
        ErrorReport.note("… and \(unfinished.count - 10, of: "more job")")
      }
    }
  }
}
