import QueueCore

/// Enqueues the jobs of schedules that are due. Every worker does, for all queues, idle or busy.
///
/// The store applies a move once, whichever process computed it. So a worker that dies between
/// reading and moving leaves nothing behind.
struct ScheduleKeeper {
  /// An event that the worker reports.
  enum Report {
    case advanced(ScheduleAdvance)
    /// Schedules of this zone are left to other workers.
    case unreadable(InvalidJob)
  }

  private let store: any ScheduleStore
  private let zone: (String) throws(InvalidJob) -> ZoneRules
  private let drains: Bool
  private var looks = PollSchedule()
  /// When it looks again even if none is due: users may have changed schedules. In uptime.
  private var nextPoll = Duration.zero
  /// Zones that couldn't be read, until ``nextTry``.
  private var unreadable: Set<String> = []
  private var nextTry = Duration.zero
  private var told: Set<String> = []
  /// Whether a draining worker has enqueued all that was due when it began.
  private var isDone = false

  static let batchSize = 100
  static let zonePause = Duration.seconds(60)

  /// - Parameters:
  ///   - drains: whether only the schedules that are due at the beginning count, so that no
  ///     schedule keeps the worker from ending.
  ///   - zone: reads a zone by its name.
  init(
    store: any ScheduleStore, drains: Bool,
    zone: @escaping (String) throws(InvalidJob) -> ZoneRules
  ) {
    self.store = store
    self.zone = zone
    self.drains = drains
  }

  /// When the next schedule is due, in uptime; nil if none is known.
  var deadline: Duration? { isDone ? nil : looks.due }

  /// Whether schedules may be due that it hasn't looked at.
  var mayHaveDue: Bool { deadline == .zero }

  mutating func lookSoon() { looks.lookSoon() }

  /// Moves the schedules that are due, at most ``batchSize``; returns whether the store was called.
  mutating func step(
    settings: Settings, at now: Moment, tell: (Report) -> Void
  ) throws(StoreError) -> Bool {
    guard !isDone, looks.isTime(at: now) || now.uptime >= nextPoll else { return false }
    nextPoll = now.uptime + settings.pollInterval
    if now.uptime >= nextTry { unreadable = [] }
    let due = try store.dueSchedules(atMost: Self.batchSize, except: unreadable, at: now)
    guard !due.schedules.isEmpty else {
      isDone = drains
      looks.foundNothing(dueIn: due.nextAt.map { max(.zero, $0 - now.wall) }, at: now)
      return true
    }
    looks.lookSoon()
    let moves = due.schedules.compactMap { move($0, at: now, tell) }
    for advance in try store.advance(moves, settings: settings, at: now) {
      tell(.advanced(advance))
    }
    return true
  }

  /// Nil, and the zone is left out for a while, if it can't be read.
  private mutating func move(
    _ schedule: Schedule, at now: Moment, _ tell: (Report) -> Void
  ) -> ScheduleMove? {
    let name = schedule.spec.zone
    guard !unreadable.contains(name) else { return nil }
    do throws(InvalidJob) {
      let zone = try zone(name)
      told.remove(name)
      return ScheduleMove.after(schedule, in: zone, at: now.wall)
    } catch {
      unreadable.insert(name)
      nextTry = now.uptime + Self.zonePause
      if told.insert(name).inserted { tell(.unreadable(error)) }
      return nil
    }
  }
}
