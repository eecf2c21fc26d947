import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Tells the user of a schedule that was added or changed: its times, and what may surprise.
struct ScheduleReport {
  private let schedule: Schedule
  private let zone: ZoneRules
  private let now: Moment
  private let session: Session

  init(_ schedule: Schedule, in zone: ZoneRules, at now: Moment, _ session: Session) {
    self.schedule = schedule
    self.zone = zone
    self.now = now
    self.session = session
  }

  /// - Parameter passed: how many times were due and never get a job.
  func tell(dropping passed: Int = 0) throws {
    let clock = ScheduleClock(schedule.spec, zone)
    let times = schedule.times(in: zone, atMost: 3).map { clock.text($0) }
    let next = times.isEmpty ? "it has ended" : "next \(times.joined(separator: ", "))"
    try Output.standard.line("\(schedule.name): \(schedule.spec.words); \(next)")
    if passed > 0 {
      ErrorReport.note("nothing is enqueued for \(passed, of: "time") that had passed")
    }
    if schedule.pausedAt != nil {
      let advice = ShellWords.command(["queuectl", "schedule", "resume", schedule.name])
      ErrorReport.note("\(schedule.name) is paused: \"\(advice)\"")
    }
    let settings = try session.store.settings()
    for note in schedule.spec.notes(in: zone, settings: settings, at: now.wall) {
      ErrorReport.note(note)
    }
  }
}

/// The clock that shows the times of a schedule: its zone's, or this machine's for an interval
/// without a zone.
struct ScheduleClock {
  private let offsetSeconds: (Timestamp) -> Int

  /// - Parameter zone: nil if it can't be read.
  init(_ spec: ScheduleSpec, _ zone: ZoneRules?) {
    let isInterval = if case .every = spec.timing { true } else { false }
    if let zone, !(isInterval && spec.zone == "UTC") {
      offsetSeconds = zone.offsetSeconds
    } else {
      offsetSeconds = LocalTime.offsetSeconds
    }
  }

  /// `Sun 2027-03-28 03:00`, with seconds if there are any.
  func text(_ time: Timestamp) -> String {
    let shown = LocalClock.dateAndTime(time, offsetSeconds: offsetSeconds(time))
    let day = (time + .seconds(offsetSeconds(time))).milliseconds / 86_400_000
    let weekday = Self.weekdays[Int((day % 7 + 7 + 4) % 7)]
    return "\(weekday) \(shown.hasSuffix(":00") ? String(shown.dropLast(3)) : shown)"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}

extension Schedule {
  /// The times at which it enqueues next, as they stand now.
  func times(in zone: ZoneRules, atMost limit: Int) -> [Timestamp] {
    var times = nextAt.map { [$0] } ?? []
    while times.count < min(limit, spec.timesLeft ?? limit), let last = times.last,
      let next = next(after: last, in: zone)
    {
      times.append(next)
    }
    return times
  }
}

extension ZoneFiles {
  /// Those of this machine, or of `$TZDIR`.
  static var ofThisProcess: ZoneFiles { ZoneFiles(directory: ProcessEnvironment.current["TZDIR"]) }
}

extension Session {
  /// The users' changes to schedules.
  var scheduleActions: ScheduleActions { ScheduleActions(store: store, bell: bell) }

  /// A note if no schedule has that name: it was removed or renamed, or is misspelled.
  func unknownSchedule(_ name: String?) throws(StoreError) -> String? {
    guard let name, !isMissing else { return nil }
    do throws(StoreError) {
      _ = try store.schedule(name)
      return nil
    } catch {
      guard error.code == .notFound else { throw error }
      return error.message
    }
  }
}
