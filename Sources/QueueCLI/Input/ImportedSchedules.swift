import QueueCore
import QueueHost
import QueueSession

/// The schedules among the lines of an export.
struct ImportedSchedules {
  /// Those to store, in order.
  private(set) var additions: [ScheduleAddition] = []
  /// The reasons for skipped schedules, one line each.
  private(set) var notes: [String] = []
  /// The number of schedules skipped because the queue already has them.
  private(set) var knownCount = 0

  private var known: Set<String>
  private let zones: ZoneCache
  /// That of a line without one; an export names every zone. Empty, and so refused, if unknown.
  private let machineZone: String
  private let jobs: JobDefaults
  private let pausedAt: Timestamp?
  private let now: Timestamp

  /// - Parameters:
  ///   - known: the names of the queue's schedules.
  ///   - pausedAt: the pause time of all of them; nil to pause only those exported as paused.
  init(
    known: Set<String>, zones: ZoneFiles, jobs: JobDefaults, pausedAt: Timestamp?, now: Timestamp
  ) {
    self.known = known
    self.zones = ZoneCache(zones)
    machineZone = (try? MachineZone.name(in: zones)) ?? ""
    self.jobs = jobs
    self.pausedAt = pausedAt
    self.now = now
  }

  /// Whether a line is a schedule's: it has fields that no job has.
  static func isSchedule(_ bytes: [UInt8]) -> Bool {
    struct Decided: Error { let isSchedule: Bool }
    var reader = JSONReader(bytes)
    do {
      try reader.readObject { (key, reader) throws in
        switch key {
        case "cron", "every", "name": throw Decided(isSchedule: true)
        case "state", "attempts", "runs": throw Decided(isSchedule: false)
        default: _ = try reader.skipValue()
        }
      }
      return false
    } catch {
      return (error as? Decided)?.isSchedule ?? false
    }
  }

  /// Reads a schedule. One that is never due again is skipped with a note.
  /// - Throws: ``Failure`` for one that exists; for an invalid one, an error whose description is
  ///   the problem.
  mutating func add(_ bytes: [UInt8], ifAbsent: Bool) throws {
    var reader = JSONReader(bytes)
    var schedule = try NewSchedule(from: &reader, zone: machineZone, jobs: jobs)
    try reader.expectEnd()
    guard known.insert(schedule.name).inserted else {
      guard ifAbsent else {
        throw Failure("schedule \(quoted: schedule.name) already exists: pass --if-absent")
      }
      knownCount += 1
      return
    }
    schedule.pausedAt = schedule.pausedAt ?? pausedAt
    let zone = try zones.zone(schedule.spec.zone)
    let stored = Schedule(
      id: ScheduleID(0), name: schedule.name, schedule.spec, offset: .zero, createdAt: now)
    guard stored.next(after: now, in: zone) != nil else {
      notes.append("\(schedule.name) is skipped: it is never due after now")
      return
    }
    additions.append(ScheduleAddition(schedule, in: zone))
  }
}
