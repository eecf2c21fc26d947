public import QueueCore

/// One worker: claims a job, has it run, reports it, and again.
///
/// It never waits by itself: ``step(at:rung:)`` does what is to be done now and says how long
/// nothing will be. So the loop around it may wait on real descriptors, and a test may turn a clock
/// by hand. Whatever happens, a run in its hands is either reported once, or given up because the
/// store has given it to somebody else.
public final class Worker {
  /// What the worker is made for.
  public struct Configuration: Sendable {
    /// Its process.
    public var process: ProcessIdentity
    /// The queues it serves; empty for all.
    public var queues: [String]
    /// Whether it leaves when nothing is left to run.
    public var drains: Bool
    /// When the command that started it began, by the uptime clock; nil for when it registers.
    public var begun: Duration?

    /// All of its parts.
    public init(
      process: ProcessIdentity, queues: [String] = [], drains: Bool = false,
      begun: Duration? = nil
    ) {
      self.process = process
      self.queues = queues
      self.drains = drains
      self.begun = begun
    }
  }

  /// What comes after a step.
  public enum Next: Equatable, Sendable {
    /// Nothing, unless something happens, for at most this long; zero for the next step at once,
    /// with the clock read anew.
    case wait(Duration)
    /// The worker has left.
    case left
  }

  /// What it has in hand.
  private enum Phase {
    case idle
    /// Claimed, to be started at the next fresh look at the clock, or as soon as the machine has
    /// room for it.
    case starting(ClaimedJob)
    case running(ActiveRun)
    /// Ended, not yet written down.
    case ended(ClaimedJob, RunReport, Transition)
  }

  private let configuration: Configuration
  private let store: any WorkerStore & QueueReader
  private let runner: any JobRunner
  private let membership: WorkerRegistration
  private var notices: OnDeadHook
  private let tell: (WorkerEvent) -> Void
  private let sign: (Duration) -> Void
  private var nextSign = Duration.zero
  private var generator: any RandomNumberGenerator

  private var phase = Phase.idle
  private var order: StopOrder?
  /// The run whose job was cancelled.
  private var cancelled: RunID?
  private var looks = PollSchedule()
  /// After it has failed, by the uptime clock: trying again at once would make it worse.
  private var storeRestsUntil = Duration.zero

  /// Registers a worker.
  /// - Parameters:
  ///   - reclaimer: how it finds the jobs of workers that are gone.
  ///   - generator: where jitter comes from.
  ///   - isOnDuty: whether it is for this worker to look after the others now; asked each time
  ///     before it does.
  ///   - sign: is called with the uptime as often as the store is told that the worker lives,
  ///     whether or not that can be reached.
  ///   - tell: hears of everything, in order.
  public init(
    _ configuration: Configuration, store: any WorkerStore & QueueReader, runner: any JobRunner,
    reclaimer: Reclaimer, generator: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    at now: Moment, isOnDuty: @escaping (Settings, Duration) -> Bool = { _, _ in true },
    sign: @escaping (Duration) -> Void = { _ in },
    tell: @escaping (WorkerEvent) -> Void
  ) throws(StoreError) {
    self.sign = sign
    self.configuration = configuration
    self.store = store
    self.runner = runner
    notices = OnDeadHook(store: store, runner: runner)
    self.generator = generator
    self.tell = tell
    membership = try WorkerRegistration(
      configuration, store: store, reclaimer: reclaimer, isOnDuty: isOnDuty, at: now)
    tell(.ready)
  }

  /// Its name; changes if it has to register anew.
  public var id: WorkerID { membership.id }

  /// Read anew with each heartbeat, and before a failure is judged.
  private var settings: Settings { membership.settings }

  /// Each polls readable once a process of the worker's has ended: its job, the command for a dead
  /// one.
  public var processDescriptors: [Int32] {
    var descriptors = [notices.descriptor]
    if case .running(let run) = phase { descriptors.append(run.descriptor) }
    return descriptors.compactMap { $0 }
  }

  /// Whether new work would be taken, so that it makes sense to listen for it.
  public var isIdle: Bool {
    if case .idle = phase { return order == nil }
    return false
  }

  /// Has the worker stop; acted on in the next step. A more urgent order stands.
  public func stop(_ order: StopOrder) {
    guard accept(order) else { return }
    // While the job goes on others see why no other one is taken.
    if case .running = phase { membership.lookAtOrders() }
  }

  /// - Returns: whether that is news.
  @discardableResult
  private func accept(_ order: StopOrder) -> Bool {
    guard self.order.map({ $0 < order }) ?? true else { return false }
    self.order = order
    tell(.stopping(order, hasJob: hasJob))
    return true
  }

  private var hasJob: Bool { if case .idle = phase { false } else { true } }

  /// Has the worker look at its orders in the store in the next step.
  public func lookAtOrders() { membership.lookAtOrders() }

  /// Does what is to be done now.
  /// - Parameters:
  ///   - clock: is read once, and not before it is known which processes have ended: so nothing
  ///     ends before it did.
  ///   - rung: whether somebody said that there is work.
  /// - Throws: the store is of no use any more. What the worker had in hand is left to whoever
  ///   reclaims it.
  public func step(at clock: @autoclosure () -> Moment, rung: Bool = false) throws(StoreError)
    -> Next
  {
    look()
    let now = clock()
    // First, as the store may keep us waiting or be out of reach: what runs needs nothing of it.
    attend(at: now)
    notices.attend(settings: settings, order: order, at: now)
    signIfDue(at: now.uptime)
    if rung { looks.lookSoon() }
    guard now.uptime >= storeRestsUntil else { return restStore(at: now) }
    store.busyTimeout = isAtRest ? .usual : .whileRunning
    do throws(StoreError) {
      var hasAsked = try keepAlive(at: now)
      if try careForOthers(at: now) { hasAsked = true }
      if try stepNotices(at: now) { hasAsked = true }
      // A call to the store may take long, and so may the wait for its lock. A job isn't started
      // after one, but at a moment at which the lease is known not to be over.
      if case .starting = phase, hasAsked { return .wait(.zero) }
      return try advance(at: now)
    } catch {
      guard error.isPassing else { throw error }
      tell(.trouble(error))
      // What was asked for is asked again, whatever it was.
      looks.lookSoon()
      // Not for so long that a heartbeat that failed once costs the lease.
      storeRestsUntil =
        now.uptime + min(settings.pollInterval, HeartbeatSchedule.heartbeatPeriod(settings))
      return restStore(at: now)
    }
  }

  /// Until the store is tried again; what runs may need something before.
  private func restStore(at now: Moment) -> Next {
    .wait(max(.zero, min(storeRestsUntil, runDeadline ?? storeRestsUntil) - now.uptime))
  }

  // MARK: - Work

  private func advance(at now: Moment) throws(StoreError) -> Next {
    while true {
      switch phase {
      case .idle:
        if order != nil { return try leave(at: now) }
        // Asked before the look, so that what others store after it is seen the next time; and kept
        // until a look has come to its end.
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
        guard try start(job, at: now) else { return wait(at: now, atMost: settings.pollInterval) }
      case .running:
        attend(at: now)
        guard case .running(let run) = phase, let end = run.result else {
          // Killed in vain: the runner tries all of it, and reports the processes that it can't
          // end.
          if case .running(let run) = phase, run.resistsKill { _ = isOver(run.job) }
          return wait(at: now)
        }
        guard try settle(run, end) else { return holdUp(run, at: now) }
      case .ended(let job, let report, let transition):
        if let next = try record(job, report, transition, at: now) { return next }
      }
    }
  }

  /// Acts on the answer to a claim.
  /// - Returns: what comes next; nil to go on at once.
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
    // A step that starts a job follows another at once.
    if !isStarting { runner.reapOrphans() }
    notices.look()
    guard case .running(var run) = phase else { return }
    run.look()
    phase = .running(run)
  }

  /// Does what can be done for the run in hand without the store.
  private func attend(at now: Moment) {
    guard case .running(var run) = phase else { return }
    run.attend(
      isCancelled: cancelled == run.job.run, order: order, grace: settings.killGrace,
      at: now.uptime
    ) { [runner, job = run.job] in runner.leftovers(of: job) != .none }
    phase = .running(run)
  }

  /// - Returns: false when the machine has no room for it yet.
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

  /// - Returns: false when processes of a run that isn't to meet the next one can't be ended now.
  private func settle(_ run: ActiveRun, _ end: JobEnd) throws(StoreError) -> Bool {
    guard let report = run.report(end) else {
      guard isOver(run.job) else { return false }
      tell(.superseded(run.job))
      phase = .idle
      return true
    }
    guard report.end.isSuccess || isOver(run.job) else { return false }
    try finish(run.job, report)
    return true
  }

  private func holdUp(_ run: ActiveRun, at now: Moment) -> Next {
    var run = run
    run.isHeldUp = true
    phase = .running(run)
    return wait(at: now, atMost: settings.pollInterval)
  }

  /// Ends the processes of a run, and reports those that it can't.
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

  /// - Returns: what comes next; nil to go on at once.
  private func record(
    _ job: ClaimedJob, _ report: RunReport, _ transition: Transition, at now: Moment
  ) throws(StoreError) -> Next? {
    let result = try store.finish(
      job.run, by: id, report: report, transition: transition, claimingNext: order == nil, at: now)
    phase = .idle
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

  /// - Returns: whether it was time to.
  private func keepAlive(at now: Moment) throws(StoreError) -> Bool {
    switch try membership.keepAlive(stopping: order, at: now) {
    case .notDue: return false
    case .answered(let order, let cancelled):
      if let order { accept(order) }
      leaveIfDisplaced()
      self.cancelled = cancelled
    case .registeredAnew(let old): abandonRun(was: old, at: now)
    }
    return true
  }

  /// Nobody would see what it does, and its logs would be taken for those of another queue's runs.
  private func leaveIfDisplaced() {
    guard order == nil, store.hasMoved() else { return }
    tell(.displaced)
    accept(.finishJob)
  }

  /// - Returns: whether it was time to.
  private func careForOthers(at now: Moment) throws(StoreError) -> Bool {
    guard let results = try membership.careForOthers(at: now) else { return false }
    for result in results {
      if case .reclaimed = result { looks.lookSoon() }
      tell(.cared(result))
    }
    return true
  }

  /// - Returns: whether the store was asked.
  private func stepNotices(at now: Moment) throws(StoreError) -> Bool {
    try notices.step(
      for: id, settings: settings, order: order, taking: !isStarting, at: now
    ) { job, problem in
      tell(.noticed(job, problem: problem))
      looks.lookSoon()
    }
  }

  /// After it was taken for dead a run in its hands isn't its own any more.
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

  /// Not before the command for a dead job has ended, or its time is over. If nobody asked it to
  /// leave, all such commands are run first.
  private func leave(at now: Moment) throws(StoreError) -> Next {
    if notices.isBusy { return wait(at: now) }
    if notices.mayBeWaiting(settings, order: order) { return .wait(.zero) }
    try membership.leave()
    tell(.left)
    return .left
  }

  /// Until the next thing that comes by time alone.
  private func wait(at now: Moment, atMost limit: Duration? = nil) -> Next {
    if !isStarting, notices.mayBeWaiting(settings, order: order) { return .wait(.zero) }
    var until = min(membership.deadline, nextSign)
    if let limit { until = min(until, now.uptime + limit) }
    if let deadline = runDeadline { until = min(until, deadline) }
    if case .idle = phase, order == nil, let due = looks.due { until = min(until, due) }
    return .wait(max(.zero, until - now.uptime))
  }

  /// Whether a job waits for the next step to be started: commands for dead ones come later, as
  /// asking for them costs it that step.
  private var isStarting: Bool { if case .starting = phase { true } else { false } }

  /// Whether there is nothing that has to be cared for, nor a job that would be taken from it if it
  /// gave no sign for long.
  private var isAtRest: Bool {
    if case .idle = phase { !notices.isBusy } else { false }
  }

  /// When there is something to do by time alone for what runs: the job, the command for a dead
  /// one.
  private var runDeadline: Duration? {
    guard case .running(let run) = phase, let deadline = run.deadline else {
      return notices.deadline
    }
    return min(deadline, notices.deadline ?? deadline)
  }
}

extension StoreError {
  /// Whether trying again later may help.
  fileprivate var isPassing: Bool {
    switch code {
    case .busy, .full, .readOnly, .cannotOpen, .other: true
    case .duplicate, .notFound, .tooMany, .wrongState, .foreign, .newer, .corrupt: false
    // What it was given it may have been given in vain, and nobody else is before it is gone.
    case .undurable: false
    }
  }
}
