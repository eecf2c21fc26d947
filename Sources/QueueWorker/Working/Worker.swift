public import QueueCore

/// A worker: claims a job, runs it, reports it once (or gives it up if evicted), and repeats.
/// It never blocks: ``step(at:rung:)`` performs the due actions and returns how long to wait.
public final class Worker {
  /// The result of a step.
  public enum Next: Equatable, Sendable {
    /// Wait for an event for at most this long; 0: take the next step with a fresh clock.
    case wait(Duration)
    case left
  }

  private let configuration: Configuration
  private let store: any WorkerStore & QueueReader & ScheduleStore
  private let runner: any JobRunner
  private let membership: WorkerRegistration
  private var notices: OnDeadHook
  private var schedules: ScheduleKeeper
  private let tell: (WorkerEvent) -> Void
  private let sign: (Duration) -> Void
  private var nextSign = Duration.zero
  private var generator: any RandomNumberGenerator

  private var hand: JobInHand
  private var order: StopOrder?
  private var looks = PollSchedule()
  /// No store calls before this uptime, after one failed.
  private var storeRestsUntil = Duration.zero

  /// Registers a worker.
  /// - Parameters:
  ///   - zone: reads a time zone by its name.
  ///   - sign: records a heartbeat outside the store, in uptime.
  public init(
    _ configuration: Configuration, store: any WorkerStore & QueueReader & ScheduleStore,
    runner: any JobRunner, reclaimer: Reclaimer,
    zone: @escaping (String) throws(InvalidJob) -> ZoneRules,
    generator: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    at now: Moment, isOnDuty: @escaping (Settings, Duration) -> Bool = { _, _ in true },
    sign: @escaping (Duration) -> Void = { _ in },
    tell: @escaping (WorkerEvent) -> Void
  ) throws(StoreError) {
    self.sign = sign
    self.configuration = configuration
    self.store = store
    self.runner = runner
    hand = JobInHand(runner: runner, tell: tell)
    notices = OnDeadHook(store: store, runner: runner)
    schedules = ScheduleKeeper(store: store, drains: configuration.drains, zone: zone)
    self.generator = generator
    self.tell = tell
    membership = try WorkerRegistration(
      configuration, store: store, reclaimer: reclaimer, isOnDuty: isOnDuty, at: now)
    tell(.ready)
  }

  /// The worker's ID; changes after an eviction.
  public var id: WorkerID { membership.id }

  private var settings: Settings { membership.settings }

  /// They poll readable once the job or the `on-dead` command has ended.
  public var processDescriptors: [Int32] {
    [notices.descriptor, hand.descriptor].compactMap { $0 }
  }

  /// Whether it would claim a job, and so waits for the doorbell.
  public var isIdle: Bool { hand.isNone && order == nil }

  /// Makes the worker stop in the next step; a more urgent order stays in force.
  public func stop(_ order: StopOrder) {
    guard accept(order) else { return }
    // Publish the order while the job continues.
    if case .running = hand.phase { membership.lookAtOrders() }
  }

  /// Stops as after ``StopOrder/finishJob``, because it couldn't be restarted.
  public func stopWithoutSupervisor() {
    if order == nil { tell(.orphaned) }
    stop(.finishJob)
  }

  @discardableResult
  private func accept(_ order: StopOrder) -> Bool {
    guard self.order.map({ $0 < order }) ?? true else { return false }
    self.order = order
    tell(.stopping(order, hasJob: !hand.isNone))
    return true
  }

  /// Makes the next step read the orders in the store.
  public func lookAtOrders() { membership.lookAtOrders() }

  /// Performs the due actions.
  /// - Parameter clock: read once, after the check for ended processes, so no end is too early.
  /// - Throws: a permanent error; another worker reclaims the job in hand.
  public func step(at clock: @autoclosure () -> Moment, rung: Bool = false) throws(StoreError)
    -> Next
  {
    look()
    let now = clock()
    // First, because runs don't need the store, which may block or fail.
    attend(at: now)
    notices.attend(settings: settings, order: order, at: now)
    signIfDue(at: now.uptime)
    if rung {
      looks.lookSoon()
      schedules.lookSoon()
    }
    guard now.uptime >= storeRestsUntil else { return restStore(at: now) }
    store.busyTimeout = isAtRest ? .usual : .whileRunning
    do throws(StoreError) {
      var hasAsked = try keepAlive(at: now)
      if try careForOthers(at: now) { hasAsked = true }
      if try stepNotices(at: now) { hasAsked = true }
      if try stepSchedules(at: now) { hasAsked = true }
      // Store calls take time. Start the job in a new step, which checks the lease first.
      if hand.isClaimed, hasAsked { return .wait(.zero) }
      return try advance(at: now)
    } catch {
      if error.code == .foreign, store.hasMoved() { return outliveQueue(at: now) }
      guard error.isPassing else { throw error }
      tell(.trouble(error))
      looks.lookSoon()
      // Soon enough that one failed heartbeat doesn't cost the lease.
      storeRestsUntil =
        now.uptime + min(settings.pollInterval, HeartbeatSchedule.heartbeatPeriod(settings))
      return restStore(at: now)
    }
  }

  /// The queue is gone, so that nothing can be stored any more: the run may end before the worker
  /// leaves.
  private func outliveQueue(at now: Moment) -> Next {
    leaveIfDisplaced()
    if case .running(let run) = hand.phase {
      guard let end = run.result, end.end.isSuccess || hand.isOver(run.job) else {
        storeRestsUntil = now.uptime + settings.pollInterval
        return restStore(at: now)
      }
    }
    tell(.left)
    return .left
  }

  private func restStore(at now: Moment) -> Next {
    .wait(max(.zero, min(storeRestsUntil, runDeadline ?? storeRestsUntil) - now.uptime))
  }

  // MARK: - Work

  private func advance(at now: Moment) throws(StoreError) -> Next {
    while true {
      switch hand.phase {
      case .none:
        if order != nil { return try leave(at: now) }
        // Checked before the claim, so that later changes are detected next time.
        if try store.hasChanged() { looks.lookSoon() }
        guard looks.isTime(at: now) else { return wait(at: now) }
        let answer = try store.claimNext(for: id, at: now)
        if let next = try take(answer, at: now) { return next }
      case .claimed(let job):
        leaveIfDisplaced()
        guard order == nil, hand.cancelled != job.run else {
          let end: RunEnd = hand.cancelled == job.run ? .cancelled : .stopped
          try finish(job, RunReport(end: end, elapsed: .zero))
          continue
        }
        guard membership.leash?.allowsStart(at: now.uptime) ?? true else {
          // The answer to a heartbeat shows that the job is still this worker's.
          membership.lookAtOrders()
          return .wait(.zero)
        }
        switch hand.start(job, logLimitBytes: settings.logMaxSizeBytes, at: now) {
        case .running: break
        case .refused(let end):
          try finish(job, RunReport(end: end.end, cause: end.cause, elapsed: .zero))
        case .exhausted: return wait(at: now, atMost: settings.pollInterval)
        }
      case .running:
        attend(at: now)
        try carryOutPause(at: now)
        guard case .running(let run) = hand.phase, let end = run.result else {
          hand.pressResisting()
          return wait(at: now)
        }
        guard try settle(run, end) else {
          hand.holdUp(run)
          return wait(at: now, atMost: settings.pollInterval)
        }
      case .ended(let job, let report, let transition):
        if let next = try record(job, report, transition, at: now) { return next }
      }
    }
  }

  /// Acts on a claim's result; returns nil to continue at once.
  private func take(_ result: ClaimResult, at now: Moment) throws(StoreError) -> Next? {
    switch result {
    case .job(let job):
      hand.phase = .claimed(job)
      looks.lookSoon()
      return .wait(.zero)
    case .nothing(let wait):
      looks.foundNothing(dueIn: wait, at: now)
      if configuration.drains,
        try !store.mayStillRun(in: configuration.queues, for: id)
      {
        return try leave(at: now)
      }
      return self.wait(at: now)
    case .stop(let order):
      accept(order)
      return nil
    case .evicted:
      abandonRun(was: try membership.registerAnew(at: now), at: now)
      return nil
    }
  }

  private func look() {
    // A step that starts a job directly follows another step.
    if !hand.isClaimed { runner.reapOrphans() }
    notices.look()
    hand.look()
  }

  private func attend(at now: Moment) {
    hand.attend(settings, order: order, leash: membership.leash, at: now)
  }

  /// Freezes the run as ordered, or tells the store that it was continued, unless it knows.
  private func carryOutPause(at now: Moment) throws(StoreError) {
    guard let (job, time) = hand.untoldFreeze(at: now) else { return }
    let isTold = try store.setFrozen(time, job.run) {
      if time != nil { hand.freezeRun(at: now.uptime) }
    }
    guard isTold else { return membership.lookAtOrders() }
    hand.noteFreeze(of: job, since: time)
  }

  /// Returns false while leftover processes can't be killed; only a successful run may leave some.
  private func settle(_ run: ActiveRun, _ end: JobEnd) throws(StoreError) -> Bool {
    guard var report = run.report(end) else {
      guard hand.isOver(run.job) else { return false }
      hand.drop(run.job)
      return true
    }
    guard report.end.isSuccess || hand.isOver(run.job) else { return false }
    if configuration.isOnServer {
      report.output = runner.output(of: run.job.run, atMost: settings.logShareBytes)
    }
    try finish(run.job, report)
    return true
  }

  private func finish(_ job: ClaimedJob, _ report: RunReport) throws(StoreError) {
    if !report.end.isSuccess { try membership.readSettings() }
    let policy = settings.retryPolicy(job.retryRules)
    let transition = Transition.after(
      report.end, tally: job.tally, policy: policy, maxCrashes: settings.maxCrashes,
      using: &generator)
    hand.phase = .ended(job, report, transition)
  }

  private func record(
    _ job: ClaimedJob, _ report: RunReport, _ transition: Transition, at now: Moment
  ) throws(StoreError) -> Next? {
    let result = try store.finish(
      job.run, by: id, report: report, transition: transition, claimingNext: order == nil, at: now)
    hand.phase = .none
    runner.noteEnd(of: job)
    looks.lookSoon()
    switch result {
    case .superseded:
      tell(.superseded(job))
      return nil
    case .recorded(let next, let freesOthers):
      if freesOthers { tell(.freedOthers) }
      return try go(on: next, after: .finished(job, report, transition), at: now)
    case .cancelled(let next, let freesOthers):
      if freesOthers { tell(.freedOthers) }
      return try go(on: next, after: .finished(job, report, transition.cancelled), at: now)
    }
  }

  private func go(on next: ClaimResult?, after event: WorkerEvent, at now: Moment)
    throws(StoreError) -> Next?
  {
    tell(event)
    if case .finished(_, _, let transition) = event, transition.state == .dead {
      notices.lookSoon()
    }
    guard let next else { return nil }
    return try take(next, at: now)
  }

  // MARK: - Life

  private func signIfDue(at now: Duration) {
    guard now >= nextSign else { return }
    sign(now)
    nextSign = now + HeartbeatSchedule.heartbeatPeriod(settings)
  }

  private func keepAlive(at now: Moment) throws(StoreError) -> Bool {
    switch try membership.keepAlive(stopping: order, at: now) {
    case .notDue: return false
    case .answered(let order, let cancelled, let held, let freeze):
      if let order { accept(order) }
      leaveIfDisplaced()
      hand.cancelled = cancelled
      hand.freeze = freeze
      try giveUpIfLost(held, at: now)
    case .registeredAnew(let old): abandonRun(was: old, at: now)
    }
    return true
  }

  /// After a failover the server may have forgotten the claim, and given the job to another worker;
  /// or an end, and wait for it.
  private func giveUpIfLost(_ held: HeldRun, at now: Moment) throws(StoreError) {
    if case .run(let run) = held, run != hand.run {
      return abandonRun(was: try membership.giveBack(at: now), at: now)
    }
    hand.giveUp(unless: held, at: now)
  }

  /// A moved database is invisible to clients, and its logs would mix with another queue's.
  private func leaveIfDisplaced() {
    guard order == nil, store.hasMoved() else { return }
    tell(.displaced)
    accept(.finishJob)
  }

  private func careForOthers(at now: Moment) throws(StoreError) -> Bool {
    guard let results = try membership.careForOthers(at: now) else { return false }
    for result in results {
      if case .reclaimed = result { looks.lookSoon() }
      tell(.cared(result))
    }
    return true
  }

  private func stepNotices(at now: Moment) throws(StoreError) -> Bool {
    try notices.step(
      for: id, settings: settings, order: order, taking: !hand.isClaimed, at: now
    ) { job, problem in
      tell(.noticed(job, problem: problem))
      looks.lookSoon()
    }
  }

  /// Not between a claim and its start, which it would delay, nor under a stop order.
  private func stepSchedules(at now: Moment) throws(StoreError) -> Bool {
    guard !hand.isClaimed, order == nil else { return false }
    return try schedules.step(settings: settings, isRunning: !hand.isNone, at: now) { report in
      switch report {
      case .advanced(let advance):
        if !advance.enqueued.isEmpty { looks.lookSoon() }
        tell(.scheduled(advance))
      case .unreadable(let problem): tell(.zoneUnreadable(problem))
      case .damaged(let schedule): tell(.scheduleDamaged(schedule))
      case .rescheduled(let count, let cause): tell(.rescheduled(count, cause))
      }
    }
  }

  private func abandonRun(was old: WorkerID, at now: Moment) {
    looks.lookSoon()
    tell(.registeredAnew(was: old))
    hand.giveUp(at: now)
  }

  /// Waits for a running `on-dead` command, up to its timeout; a drain also runs the pending ones.
  private func leave(at now: Moment) throws(StoreError) -> Next {
    if notices.isBusy { return wait(at: now) }
    if notices.mayBeWaiting(settings, order: order) { return .wait(.zero) }
    if order == nil, schedules.mayHaveDue {
      // Else no claim would follow, and so no look at whether the drain is done.
      looks.lookSoon()
      return .wait(.zero)
    }
    try membership.leave()
    tell(.left)
    return .left
  }

  private func wait(at now: Moment, atMost limit: Duration? = nil) -> Next {
    if !hand.isClaimed, notices.mayBeWaiting(settings, order: order) { return .wait(.zero) }
    var until = min(membership.deadline, nextSign)
    if let limit { until = min(until, now.uptime + limit) }
    if let deadline = runDeadline { until = min(until, deadline) }
    if hand.isNone, order == nil, let due = looks.due { until = min(until, due) }
    if !hand.isClaimed, order == nil, let due = schedules.deadline { until = min(until, due) }
    return .wait(max(.zero, until - now.uptime))
  }

  /// Whether nothing runs, so that a long wait for the store does no harm.
  private var isAtRest: Bool { hand.isNone && !notices.isBusy }

  private var runDeadline: Duration? {
    [hand.deadline(membership.leash), notices.deadline].compactMap { $0 }.min()
  }
}

extension StoreError {
  fileprivate var isPassing: Bool {
    switch code {
    case .busy, .full, .readOnly, .cannotOpen, .other: true
    case .duplicate, .notFound, .tooMany, .wrongState, .foreign, .newer, .corrupt: false
    // The claim may not have reached the disk; no other worker gets the job until this one exits.
    case .undurable: false
    }
  }
}
