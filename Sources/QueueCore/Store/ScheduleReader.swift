/// Reads of schedules for summaries; every method is atomic, see ``JobStore``.
public protocol ScheduleReader: AnyObject {
  /// Counts the schedules and their faults. Reads no definition, so that it is fast with thousands
  /// of schedules, and costs next to nothing without any.
  func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts
}

/// How many schedules a queue has, and how many have which fault by ``ScheduleCheck/display``.
public struct ScheduleCounts: Equatable, Sendable {
  /// All of them.
  public var all = 0
  /// Paused schedules, which don't count below.
  public var paused = 0
  /// Late schedules.
  public var late = 0
  /// Those whose last job died.
  public var failing = 0
  /// Schedules skipped too often in a row.
  public var skipping = 0
  /// Those whose job couldn't be enqueued.
  public var broken = 0
  /// The delay of the latest schedule; zero if none is late.
  public var longestDelay = Duration.zero

  /// None.
  public init() {}

  /// Counts schedules.
  public init(_ schedules: some Sequence<Schedule>, at now: Timestamp) {
    for schedule in schedules {
      all += 1
      paused += schedule.pausedAt == nil ? 0 : 1
      longestDelay = max(longestDelay, schedule.lateness(at: now) ?? .zero)
      for fault in schedule.faults(.display, at: now) {
        switch fault {
        case .broken: broken += 1
        case .late: late += 1
        case .skipping: skipping += 1
        case .failing: failing += 1
        case .overdue, .paused, .ended: break
        }
      }
    }
  }

  /// `12 (1 late, 2 failing, 1 paused)`.
  public var text: String {
    let parts = [
      (late, "late"), (failing, "failing"), (skipping, "skipping"), (broken, "broken"),
      (paused, "paused"),
    ]
    let shown = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return shown.isEmpty ? "\(all)" : "\(all) (\(shown.joined(separator: ", ")))"
  }

  /// Writes it as one object of JSON; durations in seconds.
  public func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("all", all)
      json.field("paused", paused)
      json.field("late", late)
      json.field("failing", failing)
      json.field("skipping", skipping)
      json.field("broken", broken)
      json.field("longest_delay", longestDelay.inSeconds)
    }
  }
}
