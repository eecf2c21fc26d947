import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleImportCrontab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-crontab",
    abstract: "Add a schedule for each line of a crontab.",
    usage: "queuectl schedule import-crontab [<file>] [<options>]",
    discussion: """
      Without a file it reads "crontab -l". It prints the outcome of each line. All
      lines are imported, or none. A line is refused if cron would run it at times
      other than its fields suggest. The crontab isn't changed: remove the lines
      there, or they run twice.

      EXAMPLES:
        $ echo '30 2 * * * true' | queuectl schedule import-crontab - --dry-run
        $ echo '@daily echo hello' | queuectl schedule import-crontab - --tz UTC
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The crontab; - for standard input.", valueName: "file"),
    completion: .file())
  var file: String?

  @Flag(help: "The file has a user column; /etc/crontab by default.")
  var system = false

  @Flag(help: "Print the outcome of each line, and change nothing.")
  var dryRun = false

  @Flag(help: "Import the other lines if some are refused.")
  var keepGoing = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The zone of lines without CRON_TZ; the machine's by default.", valueName: "zone"))
  var tz: String?

  @Option(
    help: ArgumentHelp(
      "While an earlier job is unfinished: skip, queue, replace or, like cron, allow. "
        + "Default: skip.",
      valueName: "policy"), completion: .list(Overlap.allCases.map(\.rawValue)))
  var overlap: String?

  @Option(
    help: ArgumentHelp(
      "For times that passed without a worker, enqueue one job, all or, like cron, none. "
        + "Default: one.",
      valueName: "policy"), completion: .list(MissedPolicy.allCases.map(\.rawValue)))
  var missed: String?

  func validate() throws { try CrontabFile.check(file, isSystem: system) }

  func run() throws {
    let now = try database.now()
    let policies = try (
      overlap: overlap.map { try ScheduleOptions.word($0, "a policy of --overlap") as Overlap },
      missed: missed.map { try ScheduleOptions.word($0, "a policy of --missed") as MissedPolicy }
    )
    let crontab = Crontab(
      try CrontabFile.text(of: file, isSystem: system), of: try CrontabFile.account(),
      isSystem: system)
    let reading = try database.openReadingQuietly()
    var plan = CrontabPlan(
      zones: reading.zones, zone: try tz ?? MachineZone.name(in: reading.zones), now: now)
    plan.known = Set(try reading.store.schedules().map(\.name))
    plan.overlap = policies.overlap ?? .skip
    plan.missed = policies.missed ?? .one
    plan.make(of: crontab)
    for line in plan.lines { try Output.standard.line(TerminalText.sanitized(line)) }
    if plan.refused > 0, !keepGoing {
      throw Failure(
        "\(plan.refused, of: "line") refused, so nothing \(dryRun ? "would be" : "was") imported; "
          + "--keep-going imports the others", status: plan.hasInvalid ? .usage : .failed)
    }
    try store(plan, at: now)
    for note in notes(crontab, plan, try reading.store.settings()) { ErrorReport.note(note) }
    if plan.refused > 0 { throw ExitCode.failure }
  }

  private func store(_ plan: CrontabPlan, at now: Moment) throws {
    let count = plan.additions.count
    guard !dryRun else {
      return try Output.standard.line("would import \(count, of: "schedule")")
    }
    if count > 0 {
      try database.openCreating().scheduleActions.add(plan.additions, at: now)
    }
    try Output.standard.line("imported \(count, of: "schedule")")
  }

  private func notes(_ crontab: Crontab, _ plan: CrontabPlan, _ settings: Settings) -> [String] {
    guard !plan.additions.isEmpty else { return [] }
    var notes = crontab.notes
    if overlap == nil {
      notes.append(
        "while a run is unfinished, a schedule skips its next times; --overlap allow starts them, "
          + "as cron does")
      if settings.timeout == nil {
        notes.append(
          "a run that hangs therefore stops all later ones: "
            + "\"queuectl schedule edit NAME --timeout 2h\"")
      }
    }
    if missed == nil {
      notes.append(
        "times that pass without a worker get one job later; --missed none skips them, as cron "
          + "does")
    }
    if plan.hasTimesInOneGap {
      notes.append(
        "if the clock jumps over several times of a line, its schedule runs once; cron runs it "
          + "for each")
    }
    if !dryRun {
      notes.append(
        "the imported lines are still in the crontab: remove them there, or they run twice")
    }
    return notes
  }
}

/// What becomes of a crontab in this queue, on this machine.
struct CrontabPlan {
  let zones: ZoneFiles
  /// That of lines without one.
  let zone: String
  let now: Moment
  var known: Set<String> = []
  var overlap = Overlap.skip
  var missed = MissedPolicy.one
  /// A line of text for each line of the crontab.
  private(set) var lines: [String] = []
  private(set) var additions: [ScheduleAddition] = []
  private(set) var refused = 0
  /// Whether some line is refused whatever the queue holds.
  private(set) var hasInvalid = false
  /// Whether some schedule has several times that one change of the clock may skip.
  private(set) var hasTimesInOneGap = false

  init(zones: ZoneFiles, zone: String, now: Moment) {
    self.zones = zones
    self.zone = zone
    self.now = now
  }

  mutating func make(of crontab: Crontab) {
    for line in crontab.lines {
      switch line.outcome {
      case .leftOut(let what, let reason):
        lines.append("line \(line.number), skipped: \(what): \(reason)")
      case .refused(let reason): refuse(line.number, reason)
      case .entry(let entry): add(entry, line.number)
      }
    }
  }

  private mutating func refuse(_ number: Int, _ reason: String, isInvalid: Bool = true) {
    refused += 1
    if isInvalid { hasInvalid = true }
    lines.append("line \(number), refused: \(reason)")
  }

  private mutating func add(_ entry: CrontabEntry, _ number: Int) {
    var spec = ScheduleSpec(.cron(entry.cron), zone: entry.zone ?? zone, job: entry.job)
    spec.spread = entry.spread
    spec.overlap = overlap
    spec.missed = missed
    do throws(InvalidJob) {
      let rules = try zones.zone(spec.zone)
      let new = try NewSchedule(name: entry.name, spec)
      // Checks that it is due at all.
      let schedule = try Schedule(new, id: ScheduleID(0), in: rules, database: "", at: now.wall)
      guard !known.contains(entry.name) else {
        return refuse(
          number, "schedule \(quoted: entry.name) already exists: was the line imported before?",
          isInvalid: false)
      }
      additions.append(ScheduleAddition(new, in: rules))
      let next = schedule.nextAt.map {
        ScheduleClock(spec, rules).text($0 + (.zero - schedule.offset))
      }
      let changes = entry.changes.map { "; \($0)" }.joined()
      lines.append(
        "line \(number), \(entry.changes.isEmpty ? "accepted" : "changed"): \(entry.name): "
          + "\(spec.words); next \(next ?? "-")\(changes)")
      if entry.cron.mayHaveSeveralTimesInOneGap, spec.zone != "UTC" { hasTimesInOneGap = true }
    } catch {
      refuse(number, error.field == "cron" ? error.problem : "\(error)")
    }
  }
}
