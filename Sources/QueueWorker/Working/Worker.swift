public import QueueCore

/// A worker: claims a job, runs it, reports it once (or gives it up if evicted), and repeats.
/// It never blocks: ``step(at:rung:)`` performs the due actions and returns how long to wait.
public final class Worker {
  /// The worker's parameters.
  public struct Configuration: Sendable {
    /// Its process.
    public var process: ProcessIdentity
    /// The queues it serves; empty for all.
    public var queues: [String]
    /// Whether it leaves when no job is left to run.
    public var drains: Bool
    /// When the user's command began, in uptime; nil for the time of registration.
    public var begun: Duration?
    /// The version of its program, for display.
    public var version: String?
    /// Whether the store may be out of reach while other hosts reach it.
    public var isOnServer: Bool

    /// Creates a configuration.
    public init(
      process: ProcessIdentity, queues: [String] = [], drains: Bool = false,
      begun: Duration? = nil, version: String? = nil, isOnServer: Bool = false
    ) {
      self.process = process
      self.queues = queues
      self.drains = drains
      self.begun = begun
      self.version = version
      self.isOnServer = isOnServer
    }
  }

  /// The result of a step.
  public enum Next: Equatable, Sendable {
    /// Wait for an event for at most this long; 0: take the next step with a fresh clock.
    case wait(Duration)
    case left
  }

  private enum Phase {
    case idle
    /// Claimed; started in the next step, or once the machine has room for it.
    case starting(ClaimedJob)
    case running(ActiveRun)
    case ended(ClaimedJob, RunReport, Transition)
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

  private var phase = Phase.idle
  private var order: StopOrder?
  private var cancelled: RunID?
  /// The ended run whose processes were killed because its end couldn't be recorded.
  private var cleared: RunID?
  private var freeze: FreezeOrder?
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
    var descriptors = [notices.descriptor]
    if case .running(let run) = phase { descriptors.append(run.descriptor) }
    return descriptors.compactMap { $0 }
  }

  /// Whether it would claim a job, and so waits for the doorbell.
  public var isIdle: Bool {
    if case .idle = phase { return order == nil }
    return false
  }

  /// Makes the worker stop in the next step; a more urgent order stays in force.
  public func stop(_ order: StopOrder) {
    guard accept(order) else { return }
    // Publish the order while the job continues.
    if case .running = phase { membership.lookAtOrders() }
  }

  @discardableResult
  private func accept(_ order: StopOrder) -> Bool {
    guard self.order.map({ $0 < order }) ?? true else { return false }
    self.order = order
    tell(.stopping(order, hasJob: hasJob))
    return true
  }

  private var hasJob: Bool { if case .idle = phase { false } else { true } }

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
      if case .starting = phase, hasAsked { return .wait(.zero) }
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
    if case .running(let run) = phase {
      guard let end = run.result, end.end.isSuccess || isOver(run.job) else {
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
      switch phase {
      case .idle:
        if order != nil { return try leave(at: now) }
        // Checked before the claim, so that later changes are detected next time.
        if try store.hasChanged() { looks.lookSoon() }
        guard looks.isTime(at: now) else { return wait(at: now) }
        let answer = try store.claimNext(for: id, at: now)
        if let next = try take(answer, at: now) { return next }
      case .starting(let job):
        leaveIfDisplaced()
        guard order == nil, cancelled != job.run else {
          let end: RunEnd = cancelled == job.run ? .cancelled : .stopped
          try finish(job, RunReport(end: end, elapsed: .zero))
          continue
        }
        guard !isLate(at: now) else {
          // The answer to a heartbeat shows that the job is still this worker's.
          membership.lookAtOrders()
          return .wait(.zero)
        }
        guard try start(job, at: now) else { return wait(at: now, atMost: settings.pollInterval) }
      case .running:
        attend(at: now)
        try reportFreeze(at: now)
        guard case .running(let run) = phase, let end = run.result else {
          // SIGKILL didn't end it: kill all its processes, and report those that remain.
          if case .running(let run) = phase, run.resistsKill { _ = isOver(run.job) }
          return wait(at: now)
        }
        guard try settle(run, end) else { return holdUp(run, at: now) }
      case .ended(let job, let report, let transition):
        if let next = try record(job, report, transition, at: now) { return next }
      }
    }
  }

  /// Acts on a claim's result; returns nil to continue at once.
  private func take(_ result: ClaimResult, at now: Moment) throws(StoreError) -> Next? {
    switch result {
    case .job(let job):
      phase = .starting(job)
      looks.lookSoon()
      return .wait(.zero)
    case .nothing(let wait):
      looks.foundNothing(dueIn: wait, at: now)
      if configuration.drains,
        try !store.mayStillRun(in: configuration.queues)
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
    if !isStarting { runner.reapOrphans() }
    notices.look()
    guard case .running(var run) = phase else { return }
    run.look()
    phase = .running(run)
  }

  private func attend(at now: Moment) {
    endUnrecorded(at: now)
    guard case .running(var run) = phase else { return }
    if let leash, now.uptime >= membership.heardAt + leash.length,
      run.cutOff(grace: leash.grace, at: now.uptime)
    {
      tell(.cutOff(run.job, now.uptime - membership.heardAt))
    }
    run.attend(
      isCancelled: cancelled == run.job.run, isPaused: freeze(of: run.job)?.isWanted == true,
      order: order, grace: settings.killGrace,
      at: now.uptime
    ) { [runner, job = run.job] in runner.leftovers(of: job) != .none }
    phase = .running(run)
  }

  /// Another host starts the job again if its end can't be recorded in time: not beside processes
  /// that the run left here.
  private func endUnrecorded(at now: Moment) {
    guard let job = unrecorded, job.run != cleared, let leash,
      now.uptime >= membership.heardAt + leash.length
    else { return }
    if isOver(job) { cleared = job.run }
  }

  /// The job of a run that has ended.
  private var unrecorded: ClaimedJob? {
    switch phase {
    case .running(let run): run.result == nil ? nil : run.job
    case .ended(let job, _, _): job
    case .idle, .starting: nil
    }
  }

  private func freeze(of job: ClaimedJob) -> FreezeState? {
    freeze.flatMap { $0.run == job.run ? $0.state : nil }
  }

  /// Tells the store that the run was frozen or continued, unless it knows.
  private func reportFreeze(at now: Moment) throws(StoreError) {
    guard case .running(let run) = phase, run.result == nil, let state = freeze(of: run.job),
      run.isFrozen ? state == .requested : state != .requested
    else { return }
    let time = run.isFrozen ? now.wall : nil
    guard try store.setFrozen(time, run.job.run) else { return membership.lookAtOrders() }
    freeze = time.map { FreezeOrder(run: run.job.run, state: .frozen(since: $0)) }
    tell(.paused(run.job.id, run.isFrozen))
  }

  /// Nil for a file, which either all workers reach or none.
  private var leash: Leash? {
    configuration.isOnServer ? Leash(settings, lease: membership.hostLease) : nil
  }

  /// Whether the job in hand may be another worker's before long.
  private func isLate(at now: Moment) -> Bool {
    leash.map { now.uptime - membership.heardAt > $0.freshness } ?? false
  }

  /// Returns false if the machine lacks the resources to start the job now.
  private func start(_ job: ClaimedJob, at now: Moment) throws(StoreError) -> Bool {
    switch runner.start(job, logLimitBytes: settings.logMaxSizeBytes) {
    case .running(let process):
      tell(.started(job))
      phase = .running(ActiveRun(job: job, process: process, startedAt: now.uptime))
    case .refused(let end):
      tell(.started(job))
      try finish(job, RunReport(end: end.end, cause: end.cause, elapsed: .zero))
    case .exhausted(let reason):
      tell(.waitingForRoom(job, reason))
      return false
    }
    return true
  }

  /// Returns false while leftover processes can't be killed; only a successful run may leave some.
  private func settle(_ run: ActiveRun, _ end: JobEnd) throws(StoreError) -> Bool {
    guard var report = run.report(end) else {
      guard isOver(run.job) else { return false }
      tell(.superseded(run.job))
      phase = .idle
      return true
    }
    guard report.end.isSuccess || isOver(run.job) else { return false }
    if configuration.isOnServer {
      report.output = runner.output(of: run.job.run, atMost: settings.logShareBytes)
    }
    try finish(run.job, report)
    return true
  }

  private func holdUp(_ run: ActiveRun, at now: Moment) -> Next {
    var run = run
    run.isHeldUp = true
    phase = .running(run)
    return wait(at: now, atMost: settings.pollInterval)
  }

  /// Kills a run's leftover processes, and reports those it can't kill.
  private func isOver(_ job: ClaimedJob) -> Bool {
    let leftovers = runner.endLeftovers(of: job)
    guard leftovers != .none else { return true }
    tell(.unended(job.id, leftovers))
    return false
  }

  private func finish(_ job: ClaimedJob, _ report: RunReport) throws(StoreError) {
    if !report.end.isSuccess { try membership.readSettings() }
    let policy = settings.retryPolicy(job.retryRules)
    let transition = Transition.after(
      report.end, tally: job.tally, policy: policy, maxCrashes: settings.maxCrashes,
      using: &generator)
    phase = .ended(job, report, transition)
  }

  private func record(
    _ job: ClaimedJob, _ report: RunReport, _ transition: Transition, at now: Moment
  ) throws(StoreError) -> Next? {
    let result = try store.finish(
      job.run, by: id, report: report, transition: transition, claimingNext: order == nil, at: now)
    phase = .idle
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
      self.cancelled = cancelled
      self.freeze = freeze
      try giveUpIfLost(held, at: now)
    case .registeredAnew(let old): abandonRun(was: old, at: now)
    }
    return true
  }

  /// After a failover the server may have forgotten the claim, and given the job to another worker;
  /// or an end, and wait for it.
  private func giveUpIfLost(_ held: HeldRun, at now: Moment) throws(StoreError) {
    if case .run(let run) = held, run != runInHand {
      return abandonRun(was: try membership.giveBack(at: now), at: now)
    }
    guard case .running(var run) = phase, held.differs(from: run.job.run) else { return }
    run.giveUp(at: now.uptime)
    phase = .running(run)
  }

  private var runInHand: RunID? {
    switch phase {
    case .idle: nil
    case .starting(let job), .ended(let job, _, _): job.run
    case .running(let run): run.job.run
    }
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
      for: id, settings: settings, order: order, taking: !isStarting, at: now
    ) { job, problem in
      tell(.noticed(job, problem: problem))
      looks.lookSoon()
    }
  }

  /// Not between a claim and its start, which it would delay, nor under a stop order.
  private func stepSchedules(at now: Moment) throws(StoreError) -> Bool {
    guard !isStarting, order == nil else { return false }
    return try schedules.step(settings: settings, isRunning: hasJob, at: now) { report in
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
    switch phase {
    case .idle: break
    case .running(var run):
      run.giveUp(at: now.uptime)
      phase = .running(run)
    case .starting(let job), .ended(let job, _, _):
      tell(.superseded(job))
      phase = .idle
    }
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
    if !isStarting, notices.mayBeWaiting(settings, order: order) { return .wait(.zero) }
    var until = min(membership.deadline, nextSign)
    if let limit { until = min(until, now.uptime + limit) }
    if let deadline = runDeadline { until = min(until, deadline) }
    if case .idle = phase, order == nil, let due = looks.due { until = min(until, due) }
    if !isStarting, order == nil, let due = schedules.deadline { until = min(until, due) }
    return .wait(max(.zero, until - now.uptime))
  }

  /// Whether a job starts in the next step; claiming an `on-dead` notice would delay it.
  private var isStarting: Bool { if case .starting = phase { true } else { false } }

  /// Whether nothing runs, so that a long wait for the store does no harm.
  private var isAtRest: Bool {
    if case .idle = phase { !notices.isBusy } else { false }
  }

  private var runDeadline: Duration? {
    guard case .running(let run) = phase, let deadline = run.deadline else {
      return notices.deadline
    }
    let cutOff = run.isCutOff ? nil : leash.map { membership.heardAt + $0.length }
    return [deadline, cutOff, notices.deadline].compactMap { $0 }.min()
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
