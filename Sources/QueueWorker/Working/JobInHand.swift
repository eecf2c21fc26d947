import QueueCore

/// The job in a worker's hand, from its claim until its end is recorded: what is done to it on this
/// machine, whether or not the store can be reached.
struct JobInHand {
  enum Phase {
    case none
    /// Claimed; started in the next step, or once the machine has room for it.
    case claimed(ClaimedJob)
    case running(ActiveRun)
    case ended(ClaimedJob, RunReport, Transition)
  }

  var phase = Phase.none
  /// The run that a user cancelled, and the one that a user paused, as the store last said.
  var cancelled: RunID?
  var freeze: FreezeOrder?
  /// The ended run whose processes were killed because its end couldn't be recorded.
  private var cleared: RunID?
  private let runner: any JobRunner
  private let tell: (WorkerEvent) -> Void

  init(runner: any JobRunner, tell: @escaping (WorkerEvent) -> Void) {
    self.runner = runner
    self.tell = tell
  }

  var isNone: Bool { if case .none = phase { true } else { false } }

  var isClaimed: Bool { if case .claimed = phase { true } else { false } }

  private var running: ActiveRun? { if case .running(let run) = phase { run } else { nil } }

  var run: RunID? {
    switch phase {
    case .none: nil
    case .claimed(let job), .ended(let job, _, _): job.run
    case .running(let run): run.job.run
    }
  }

  /// Polls readable once the process has ended.
  var descriptor: Int32? { running?.descriptor }

  /// When ``attend(_:order:leash:at:)`` has something to do, in uptime.
  func deadline(_ leash: Leash?) -> Duration? {
    guard let run = running, let deadline = run.deadline else { return nil }
    guard let leash, !run.isCutOff else { return deadline }
    return min(deadline, leash.end)
  }

  // MARK: - Running

  /// Returns the reason if the machine lacks the resources to start the job now.
  mutating func start(_ job: ClaimedJob, logLimitBytes: Int, at now: Moment) -> StartResult {
    let result = runner.start(job, logLimitBytes: logLimitBytes)
    switch result {
    case .running(let process):
      tell(.started(job))
      phase = .running(ActiveRun(job: job, process: process, startedAt: now.uptime))
    case .refused: tell(.started(job))
    case .exhausted(let reason): tell(.waitingForRoom(job, reason))
    }
    return result
  }

  /// Notes the end of its process. Call it before reading the clock that stamps the end.
  mutating func look() {
    guard var run = running else { return }
    run.look()
    phase = .running(run)
  }

  /// Enforces time limits, stops, pauses and the leash.
  /// - Parameter leash: nil for a store that is a file.
  mutating func attend(
    _ settings: Settings, order: StopOrder?, leash: Leash?, at now: Moment
  ) {
    endUnrecorded(leash, at: now)
    guard var run = running else { return }
    if let leash, now.uptime >= leash.end, run.cutOff(grace: leash.grace, at: now.uptime) {
      tell(.cutOff(run.job, now.uptime - leash.heardAt))
    }
    run.attend(
      isCancelled: cancelled == run.job.run, isPaused: freeze(of: run.job)?.isWanted == true,
      order: order, grace: settings.killGrace, at: now.uptime
    ) { [runner, job = run.job] in runner.leftovers(of: job) != .none }
    phase = .running(run)
  }

  // MARK: - Pauses

  /// A state of the run that the store has to be told.
  /// - Returns: the job, and since when its run is frozen; nil as the time if it was continued.
  func untoldFreeze(at now: Moment) -> (job: ClaimedJob, since: Timestamp?)? {
    guard let run = running, run.result == nil, let state = freeze(of: run.job) else { return nil }
    if state.isWanted, run.isFrozen || run.mayFreeze {
      return run.isFrozen && state != .requested ? nil : (run.job, now.wall)
    }
    return state == .requested ? nil : (run.job, nil)
  }

  mutating func freezeRun(at now: Duration) {
    guard var run = running else { return }
    run.freeze(at: now)
    phase = .running(run)
  }

  /// The store was told that the run is frozen, or was continued.
  mutating func noteFreeze(of job: ClaimedJob, since time: Timestamp?) {
    freeze = time.map { FreezeOrder(run: job.run, state: .frozen(since: $0)) }
    tell(.paused(job.id, time != nil))
  }

  private func freeze(of job: ClaimedJob) -> FreezeState? {
    freeze.flatMap { $0.run == job.run ? $0.state : nil }
  }

  // MARK: - Leftovers

  /// Kills a run's leftover processes, and reports those it can't kill.
  func isOver(_ job: ClaimedJob) -> Bool {
    let leftovers = runner.endLeftovers(of: job)
    guard leftovers != .none else { return true }
    tell(.unended(job.id, leftovers))
    return false
  }

  /// Kills all processes of a run that survived SIGKILL, and reports those that remain.
  func pressResisting() {
    if let run = running, run.resistsKill { _ = isOver(run.job) }
  }

  /// The run goes on while leftover processes can't be killed.
  mutating func holdUp(_ run: ActiveRun) {
    var run = run
    run.isHeldUp = true
    phase = .running(run)
  }

  /// Another host starts the job again if its end can't be recorded in time: not beside processes
  /// that the run left here.
  private mutating func endUnrecorded(_ leash: Leash?, at now: Moment) {
    guard let job = unrecorded, job.run != cleared, let leash, now.uptime >= leash.end
    else { return }
    if isOver(job) { cleared = job.run }
  }

  /// The job of a run that has ended.
  private var unrecorded: ClaimedJob? {
    switch phase {
    case .running(let run): run.result == nil ? nil : run.job
    case .ended(let job, _, _): job
    case .none, .claimed: nil
    }
  }

  // MARK: - Giving up

  /// The job isn't this worker's any more: kills its run, whose end isn't recorded.
  mutating func giveUp(at now: Moment) {
    switch phase {
    case .none: break
    case .running(var run):
      run.giveUp(at: now.uptime)
      phase = .running(run)
    case .claimed(let job), .ended(let job, _, _): drop(job)
    }
  }

  /// Gives a running run up, unless the store has it in the worker's hands.
  mutating func giveUp(unless held: HeldRun, at now: Moment) {
    if let run = running, held.differs(from: run.job.run) { giveUp(at: now) }
  }

  /// Forgets a job that is another worker's.
  mutating func drop(_ job: ClaimedJob) {
    tell(.superseded(job))
    phase = .none
  }
}
