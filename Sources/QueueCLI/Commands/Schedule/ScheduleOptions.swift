import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// When a schedule is due: for `add`, `edit` and `next`.
struct TimingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Times of day: minutes, hours, days, months, weekdays; or @daily.", valueName: "fields"))
  var cron: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fixed interval, 1s to 366d, unaffected by clock changes.", valueName: "duration"))
  var every: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The zone of --cron, such as Europe/Berlin; the machine's by default.", valueName: "zone"))
  var tz: String?

  func validate() throws {
    if cron != nil, every != nil { throw ValidationError("--cron can't be combined with --every.") }
  }

  /// The timing that was given; nil for none.
  func timing() throws -> Timing? {
    if let cron { return .cron(try CronExpression(cron)) }
    return try every.map {
      .every(try Interval(try OptionParsing.duration($0, flag: "--every")))
    }
  }

  /// The name of the zone that was given, or else the machine's, which intervals don't need.
  func zoneName(for timing: Timing, in zones: ZoneFiles) throws -> String {
    if let tz { return tz }
    if case .every = timing { return "UTC" }
    return try MachineZone.name(in: zones)
  }
}

/// The flags that `add` and `edit` share.
struct ScheduleOptions: ParsableArguments {
  @OptionGroup var timing: TimingOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Never due before then; with --every, the first time.", valueName: "time"))
  var from: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Never due after then.", valueName: "time"))
  var until: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("End after this many jobs.", valueName: "n"))
  var times: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Delay all its times by one random amount, up to this.", valueName: "duration"))
  var spread: String?

  @Option(
    help: ArgumentHelp(
      "While an earlier job is unfinished: skip, queue, replace or allow. Default: skip.",
      valueName: "policy"), completion: .list(Overlap.allCases.map(\.rawValue)))
  var overlap: String?

  @Option(
    help: ArgumentHelp(
      "For times that passed without a worker, enqueue one job, all or none. Default: one.",
      valueName: "policy"), completion: .list(MissedPolicy.allCases.map(\.rawValue)))
  var missed: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --missed all, at most this many. Default: 100.", valueName: "n"))
  var missedLimit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Skip a time if it passed longer ago than this.", valueName: "duration"))
  var late: String?

  @Option(help: "The queue of its jobs.", completion: ShellCompletions.queues)
  var queue: String?

  @Option(parsing: .unconditional, help: OptionParsing.priority)
  var priority: Int?

  @OptionGroup var key: UniqueOption
  @OptionGroup var run: RunOptions

  /// Puts the flags that were given into a definition, all but those of timing and job.
  /// - Parameter clock: reads local times.
  func apply(to spec: inout ScheduleSpec, clock: TimeText) throws {
    if let from { spec.from = try time(from, "--from", clock) }
    if let until { spec.until = try time(until, "--until", clock) }
    if let times { spec.timesLeft = times }
    if let spread { spec.spread = try OptionParsing.duration(spread, flag: "--spread") }
    if let overlap { spec.overlap = try Self.word(overlap, "a policy of --overlap") }
    if let missed { spec.missed = try Self.word(missed, "a policy of --missed") }
    if let missedLimit { spec.missedLimit = missedLimit }
    if let late { spec.late = try OptionParsing.duration(late, flag: "--late") }
  }

  /// Applies the given flags to a job.
  func apply(to job: inout JobSpec) throws {
    if let queue { job.queue = queue }
    if let priority { job.priority = priority }
    if let unique = key.unique { job.uniqueKey = unique }
    try run.apply(to: &job)
  }

  private func time(_ text: String, _ flag: String, _ clock: TimeText) throws -> Timestamp {
    guard let time = clock.parse(text) else {
      throw ValidationError("\(flag) takes \(TimeText.forms), not \(quoted: text).")
    }
    return time
  }

  static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ what: String
  ) throws -> Word {
    guard let word = Word(rawValue: text.lowercased()) else {
      throw OptionParsing.unknown(text, what, among: Word.allCases.map(\.rawValue))
    }
    return word
  }
}

/// The job of a schedule: a command line in one word, JSON, or words after `--`.
struct ScheduledCommand {
  let line: String?
  let words: [String]

  /// Nil if none was given.
  func job(with defaults: JobDefaults) throws -> JobSpec? {
    guard let line else {
      guard !words.isEmpty else { return nil }
      return try NewJob(id: nil, command: ShellWords.command(words), with: defaults).spec
    }
    guard words.isEmpty else {
      throw ValidationError("\(quoted: line) comes before --: give one command, before or after it")
    }
    guard JobText.looksLikeJSON(line) else {
      return try NewJob(id: nil, command: line, with: defaults).spec
    }
    return try Self.job(inJSON: line, with: defaults)
  }

  /// One object, without the fields that belong to a single run.
  private static func job(inJSON text: String, with defaults: JobDefaults) throws -> JobSpec {
    let source = try JobSource(json: text, defaults: defaults)
    do {
      guard let job = try source.nextJob()?.job, try source.nextJob() == nil else {
        throw ValidationError("A schedule has one job: give one JSON object.")
      }
      let isForOneRun = [
        ("id", job.id != nil), ("run_at", job.spec.runAt != nil),
        ("after", !job.prerequisites.isEmpty),
      ]
      if let (field, _) = isForOneRun.first(where: \.1) {
        throw ValidationError(
          "\(field) can't be given: each job of a schedule has its own id and time")
      }
      return job.spec
    } catch let error as BadJob {
      throw ValidationError(error.problem)
    }
  }
}
