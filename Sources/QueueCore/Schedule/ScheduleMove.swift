/// The next step of a schedule: the jobs to enqueue if it is due, and its next time.
///
/// Decided without a store from a schedule that was read before. A store applies it only if that
/// schedule's ``expected`` time and ``revision`` are still the stored ones.
public struct ScheduleMove: Equatable, Sendable {
  /// The schedule.
  public let schedule: ScheduleID
  /// As it was read.
  public let revision: Int
  /// When it was to enqueue, ``Schedule/offset`` included, as it was read; nil if it had ended.
  public let expected: Timestamp?
  /// The times to enqueue a job for, oldest first; at most ``stepLimit``.
  public var due: [Due] = []
  /// The times before those of ``due`` that get no job; nil for none.
  public var missed: Missed?
  /// When it enqueues next, ``Schedule/offset`` included; nil if never.
  public var nextAt: Timestamp?
  /// The new start of its intervals; nil if that doesn't change.
  public var anchor: Timestamp?
  /// The time at which a setback of the wall clock was found, for history; nil for other moves.
  public var setBackAt: Timestamp?

  /// A time to enqueue a job for.
  public struct Due: Equatable, Sendable {
    /// When it was due, ``Schedule/offset`` not included.
    public var at: Timestamp
    /// How many earlier times the job stands for, besides its own.
    public var standsFor = 0

    /// Both parts.
    public init(at time: Timestamp, standsFor: Int = 0) {
      at = time
      self.standsFor = standsFor
    }
  }

  /// Times in a row that get no job.
  public struct Missed: Equatable, Sendable {
    /// The first of them, ``Schedule/offset`` not included.
    public var at: Timestamp
    /// The last of them.
    public var through: Timestamp
    /// How many; of a cron expression no more than ``Recurrence/countLimit``.
    public var times: Int

    /// All of its parts.
    public init(at time: Timestamp, through last: Timestamp, times: Int) {
      at = time
      through = last
      self.times = times
    }
  }

  /// The most jobs in one step; the rest are due again at once.
  public static let stepLimit = 100
  /// How late a time may be and still count as on time.
  static let punctual = Duration.seconds(60)

  /// Returns the move of a schedule.
  ///
  /// Its stored time counts as one of its times, even if newer rules of the zone have another.
  /// - Parameter zone: that of the schedule.
  /// - Returns: nil if it is paused, has ended or isn't due yet.
  public static func after(
    _ schedule: Schedule, in zone: ZoneRules, at now: Timestamp
  ) -> ScheduleMove? {
    guard schedule.pausedAt == nil, let due = schedule.nextAt, due <= now else { return nil }
    let outage = Outage(schedule: schedule, zone: zone, due: due, now: now)
    var move = ScheduleMove(schedule: schedule.id, revision: schedule.revision, expected: due)
    let wanted = outage.wanted
    move.due = wanted.prefix(stepLimit).map { Due(at: $0) }
    let missedCount = outage.count - wanted.count
    if missedCount > 0 {
      move.missed = outage.missed(missedCount, before: wanted.first)
      if schedule.spec.missed == .one, !move.due.isEmpty { move.due[0].standsFor = missedCount }
    }
    let rest = wanted.dropFirst(stepLimit).first ?? outage.times.next(after: outage.last)
    move.nextAt = rest.map { $0 + schedule.offset }
    return move
  }
}

/// The times of a schedule from its next one to now, without its offset.
private struct Outage {
  let spec: ScheduleSpec
  let times: Recurrence
  /// The schedule's next time.
  let first: Timestamp
  /// Now.
  let last: Timestamp
  let count: Int

  init(schedule: Schedule, zone: ZoneRules, due: Timestamp, now: Timestamp) {
    spec = schedule.spec
    times = schedule.recurrence(in: zone)
    first = due - schedule.offset
    last = now - schedule.offset
    count = schedule.dueCount(from: due, at: now, in: zone)
  }

  /// The times that get a job, oldest first.
  var wanted: [Timestamp] {
    switch spec.missed {
    case .one: [latest].filter { isRecent($0, spec.late) }
    case .none: [latest].filter { isRecent($0, spec.late) && isRecent($0, ScheduleMove.punctual) }
    case .all: newest(spec.missedLimit).filter { isRecent($0, spec.late) }
    }
  }

  func missed(_ times: Int, before wanted: Timestamp?) -> ScheduleMove.Missed {
    let through = wanted.map { latest(before: $0) } ?? latest
    return ScheduleMove.Missed(at: first, through: through, times: times)
  }

  private var latest: Timestamp { latest(notAfter: last) }

  private func latest(before time: Timestamp) -> Timestamp {
    latest(notAfter: Timestamp(milliseconds: time.milliseconds - 1))
  }

  private func latest(notAfter time: Timestamp) -> Timestamp {
    max(first, times.last(notAfter: time) ?? first)
  }

  private func newest(_ limit: Int) -> [Timestamp] {
    var newest = [latest]
    while newest.count < min(limit, count), let oldest = newest.last {
      newest.append(latest(before: oldest))
    }
    return newest.reversed()
  }

  private func isRecent(_ time: Timestamp, _ limit: Duration?) -> Bool {
    limit.map { last - time <= $0 } ?? true
  }
}
