import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Reports an added or changed schedule: its times, and their unexpected consequences.
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
      ErrorReport.note(
        "\(passed, of: "time") had already passed, and \(passed == 1 ? "gets" : "get") no job")
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

extension ScheduleClock {
  init(_ spec: ScheduleSpec, _ zone: ZoneRules?) {
    self.init(spec, zone, localOffset: LocalTime.offsetSeconds)
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
