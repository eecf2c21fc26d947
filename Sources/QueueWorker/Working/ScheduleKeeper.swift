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
    /// A schedule is left out.
    case damaged(DamagedSchedule)
    /// So many schedules got another next time.
    case rescheduled(Int, RescheduleCause)
  }

  private let store: any ScheduleStore
  private let zone: (String) throws(InvalidJob) -> ZoneRules
  private let drains: Bool
  private var looks = PollSchedule()
  /// When it looks again even if none is due: users may have changed schedules. In uptime.
  private var nextPoll = Duration.zero
  /// Zones that couldn't be read and schedules that are damaged, until ``nextTry``.
  private var unusable = ScheduleExclusion()
  private var nextTry = Duration.zero
  private var told: Set<String> = []
  /// The zones as they were last read.
  private var zones: [String: ZoneRules] = [:]
  private var nextZoneCheck = Duration.zero
  private var review: ScheduleReview?
  private var hasReviewed = false
  /// Whether a draining worker has enqueued all that was due when it began.
  private var isDone = false

  /// How many schedules are moved in one transaction.
  static let batchSize = 100
  /// The same while a job runs or starts: the next claim waits for the transaction.
  static let batchSizeWhileRunning = 20
  /// Until a worker looks again that has found another at the same schedules.
  static let yield = Duration.milliseconds(100)
  /// Until zones and schedules that were unusable are tried again.
  static let pause = Duration.seconds(60)
  /// Until zone files are compared with how they were read.
  static let zoneCheckInterval = Duration.seconds(600)

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

  /// Moves a batch of the schedules that are due; returns whether the store was called.
  mutating func step(
    settings: Settings, isRunning: Bool, at now: Moment, tell: (Report) -> Void
  ) throws(StoreError) -> Bool {
    guard !isDone, looks.isTime(at: now) || now.uptime >= nextPoll else { return false }
    nextPoll = now.uptime + settings.pollInterval
    if now.uptime >= nextTry { unusable = ScheduleExclusion() }
    let due = try store.dueSchedules(
      atMost: isRunning ? Self.batchSizeWhileRunning : Self.batchSize, except: unusable, at: now)
    chooseReview(due, at: now)
    let isOutdated = try stepReview(due, settings: settings, at: now, tell)
    for damaged in due.damaged { leaveOut(damaged, at: now, tell) }
    guard !isOutdated, due.damaged.isEmpty else {
      looks.lookSoon()
      return true
    }
    guard !due.schedules.isEmpty else {
      isDone = drains
      looks.foundNothing(dueIn: due.nextAt.map { max(.zero, $0 - now.wall) }, at: now)
      return true
    }
    looks.lookSoon()
    let moves = due.schedules.compactMap { schedule in
      readZone(of: schedule, at: now, tell).flatMap {
        ScheduleMove.after(schedule, in: $0, at: now.wall)
      }
    }
    let advances = try store.advance(moves, settings: settings, at: now)
    for advance in advances { tell(.advanced(advance)) }
    if advances.count < moves.count, !drains { looks.foundNothing(dueIn: Self.yield, at: now) }
    return true
  }

  // MARK: - Reviews

  /// All schedules are reviewed when the worker starts, and then if zone files change or the wall
  /// clock is set back.
  private mutating func chooseReview(_ due: DueSchedules, at now: Moment) {
    if !hasReviewed || now.uptime >= nextZoneCheck && haveZonesChanged() {
      hasReviewed = true
      if review == nil { review = ScheduleReview(.zoneFiles, at: now) }
    }
    if now.uptime >= nextZoneCheck { nextZoneCheck = now.uptime + Self.zoneCheckInterval }
    guard case .setBack(let setback) = due.clocks?.change(at: now) else { return }
    if case .clockSetBack = review?.cause, review?.clocks.change(at: now) == .steady { return }
    review = ScheduleReview(.clockSetBack(setback), at: now)
  }

  private mutating func haveZonesChanged() -> Bool {
    zones.contains { name, known in
      guard let zone = try? zone(name) else { return false }
      return zone != known
    }
  }

  /// Reviews one page; returns whether what is due has to be read again, or another page follows.
  private mutating func stepReview(
    _ due: DueSchedules, settings: Settings, at now: Moment, _ tell: (Report) -> Void
  ) throws(StoreError) -> Bool {
    guard var review else { return false }
    let page = try store.schedulePage(after: review.last, limit: Self.batchSize)
    let moves = page.schedules.compactMap { schedule in
      readZone(of: schedule, at: now, tell).flatMap {
        review.move(of: schedule, in: $0, at: now.wall)
      }
    }
    if !moves.isEmpty {
      review.moved += try store.advance(moves, settings: settings, at: now).count
    }
    review.last = page.next
    self.review = page.next == nil ? nil : review
    guard page.next == nil else { return true }
    if case .clockSetBack = review.cause, let clocks = due.clocks {
      try store.recordClocks(at: now, replacing: clocks)
    } else if review.moved == 0 {
      return false
    }
    tell(.rescheduled(review.moved, review.cause))
    return true
  }

  // MARK: - What can't be used

  private mutating func leaveOut(
    _ schedule: DamagedSchedule, at now: Moment, _ tell: (Report) -> Void
  ) {
    unusable.ids.insert(schedule.id)
    nextTry = now.uptime + Self.pause
    if told.insert("schedule \(schedule.id)").inserted { tell(.damaged(schedule)) }
  }

  /// Nil, and the zone is left out for a while, if it can't be read.
  private mutating func readZone(
    of schedule: Schedule, at now: Moment, _ tell: (Report) -> Void
  ) -> ZoneRules? {
    let name = schedule.spec.zone
    guard !unusable.zones.contains(name) else { return nil }
    do throws(InvalidJob) {
      let zone = try zone(name)
      zones[name] = zone
      told.remove(name)
      return zone
    } catch {
      unusable.zones.insert(name)
      nextTry = now.uptime + Self.pause
      if told.insert(name).inserted { tell(.unreadable(error)) }
      return nil
    }
  }
}
