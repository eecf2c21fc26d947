import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleNext: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next",
    abstract: "Show the next times of a schedule, or of --cron or --every.",
    usage: "queuectl schedule next [<name>] [<options>]",
    discussion: """
      Changes nothing. Times are local times of the zone, with the offset from UTC.

      EXAMPLES:
        $ queuectl schedule next --cron '30 2 * * *' --tz Europe/Berlin
        $ queuectl schedule next --every 15m --count 3
        $ queuectl schedule next --cron @daily --after 2027-03-27T12:00:00Z --json
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The schedule.", completion: ShellCompletions.schedules)
  var name: String?

  @OptionGroup var timing: TimingOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Show times after this one; now by default.", valueName: "time"))
  var after: String?

  @Option(parsing: .unconditional, help: "The number of times to show.")
  var count = 5

  @Flag(help: "Print JSON only.")
  var json = false

  private static let counts = 1...1000

  func validate() throws {
    if name == nil, timing.cron == nil, timing.every == nil {
      throw ValidationError("Give a schedule's name, --cron '30 2 * * *' or --every 15m.")
    }
    if name != nil, timing.cron != nil || timing.every != nil || timing.tz != nil {
      throw ValidationError("A schedule's name can't be combined with --cron, --every or --tz.")
    }
    guard Self.counts.contains(count) else {
      throw ValidationError("--count must be from 1 to \(Self.counts.upperBound), not \(count).")
    }
  }

  func run() throws {
    let now = SystemClock().now().wall
    let course = try name.map { try courseOfSchedule($0, at: now) } ?? courseOfTiming(at: now)
    json ? try printJSON(course) : try printLines(course, at: now)
  }

  /// Times, and the zone that shows them.
  fileprivate struct Course {
    var timing: Timing
    var zone: ZoneRules
    var clock: ScheduleClock
    var times: [Timestamp]
    var offset = Duration.zero
  }

  private func courseOfTiming(at now: Timestamp) throws -> Course {
    let zones = ZoneFiles.ofThisProcess
    guard let given = try timing.timing() else { throw ValidationError("Give --cron or --every.") }
    let zoneName = try timing.zoneName(for: given, in: zones)
    let zone = try zones.zone(zoneName)
    let clock = TimeText(now: now, zone: zone.localZone)
    let start = try after.map { try time($0, clock) } ?? now
    let recurrence = given.recurrence(in: zone, anchor: start)
    var times: [Timestamp] = []
    while times.count < count, let next = recurrence.next(after: times.last ?? start) {
      times.append(next)
    }
    let spec = ScheduleSpec(given, zone: zoneName, job: JobSpec(command: ""))
    return Course(
      timing: given, zone: zone, clock: ScheduleClock(spec, zone), times: times)
  }

  private func courseOfSchedule(_ name: String, at now: Timestamp) throws -> Course {
    let session = try database.openReading()
    var schedule = try session.store.schedule(name)
    let zone = try session.zones.zone(schedule.spec.zone)
    if let after {
      let start = try time(after, TimeText(now: now, zone: zone.localZone))
      schedule.nextAt = schedule.nextAt.flatMap { next in
        next > start ? next : schedule.next(after: start, in: zone)
      }
    }
    if schedule.pausedAt != nil { ErrorReport.note("\(name) is paused") }
    if schedule.nextAt == nil { ErrorReport.note("\(name) has ended") }
    return Course(
      timing: schedule.spec.timing, zone: zone, clock: ScheduleClock(schedule.spec, zone),
      times: schedule.times(in: zone, atMost: count), offset: schedule.offset)
  }

  private func time(_ text: String, _ clock: TimeText) throws -> Timestamp {
    guard let time = clock.parse(text) else {
      throw ValidationError("--after takes \(TimeText.forms), not \(quoted: text).")
    }
    return time
  }

  private func printLines(_ course: Course, at now: Timestamp) throws {
    for time in course.times {
      let wait = time > now ? "in \((time - now).brief)" : "\((now - time).brief) ago"
      let note = course.note(about: time).map { "; \($0)" } ?? ""
      try Output.standard.line("\(course.clock.text(time))  \(wait)\(note)")
    }
  }

  private func printJSON(_ course: Course) throws {
    var writer = JSONWriter()
    writer.array { json in
      for time in course.times {
        json.object { json in
          json.field("at", time)
          json.field("local", course.zone.iso8601(time))
          json.field("note", course.note(about: time))
        }
      }
    }
    writer.lineEnd()
    try Output.standard.write(writer.bytes)
  }
}

extension ScheduleNext.Course {
  /// Why a fixed time isn't shown as it was given, or which of two it is; nil for all others.
  fileprivate func note(about time: Timestamp) -> String? {
    guard case .cron(let cron) = timing, !cron.followsClock else { return nil }
    let moment = time + (.zero - offset)
    let before = zone.offsetSeconds(at: moment + .milliseconds(-1))
    let shown = moment + .seconds(zone.offsetSeconds(at: moment))
    let plain = Recurrence(.cron(cron, in: .utc))
    if plain.next(after: shown + .milliseconds(-1)) != shown {
      let start = moment + .seconds(before)
      guard let left = plain.next(after: start + .milliseconds(-1)), left < shown else {
        return nil
      }
      return "there is no \(Self.clock(left)): the clock goes from \(Self.clock(start)) to "
        + Self.clock(shown)
    }
    return isShownAgain(shown, after: moment)
      ? "the clock shows \(Self.clock(shown)) twice: this is the first" : nil
  }

  /// Whether clocks show it once more, after a change within the next day.
  private func isShownAgain(_ shown: Timestamp, after moment: Timestamp) -> Bool {
    let later = zone.offsetSeconds(at: moment + .seconds(86_400))
    let again = shown + .seconds(-later)
    return again > moment && zone.offsetSeconds(at: again) == later
  }

  private static func clock(_ local: Timestamp) -> String {
    String(LocalClock.text(local, offsetSeconds: 0).prefix(5))
  }
}
