import QueueCore

/// Runs the command of the setting `on-dead` for jobs that have died, one after the other, beside
/// the worker's own work.
///
/// The store keeps a notice of each such job until the command has ended, so none is missed when a
/// worker dies; it may then be given twice. How the command ends, and how long it takes, is nothing
/// to the queue.
struct OnDeadHook {
  /// Tells who watches: the job, and why the command failed; nil when it did its work.
  typealias Teller = (_ job: JobID, _ problem: String?) -> Void

  private let store: any WorkerStore & QueueReader
  private let runner: any JobRunner
  private var held: Held?
  private var nextLook = Duration.zero

  /// The command that runs, and by what name the worker took the notice; it may have another one
  /// since.
  private struct Held {
    var run: ActiveRun
    let taker: WorkerID
  }

  init(store: any WorkerStore & QueueReader, runner: any JobRunner) {
    self.store = store
    self.runner = runner
  }

  /// Whether the command runs.
  var isBusy: Bool { held != nil }
  /// Polls readable once it has ended.
  var descriptor: Int32? { held?.run.descriptor }
  /// When there is something to do about it by time alone.
  var deadline: Duration? { held?.run.deadline }

  /// Whether the next step looks for a notice at once, as a job has died.
  func mayBeWaiting(_ settings: Settings, order: StopOrder?) -> Bool {
    held == nil && order == nil && settings.onDead != nil && nextLook == .zero
  }

  /// Has the next step look for a notice: a job has died.
  mutating func lookSoon() { nextLook = .zero }

  /// Does what is to be done now.
  /// - Parameters:
  ///   - order: a worker that stops takes no other notice; one that is to leave now ends the
  ///     command, and leaves the notice to others.
  ///   - taking: whether another notice may be taken.
  /// - Returns: whether the store was asked, or a process started: time may have passed.
  mutating func step(
    for worker: WorkerID, settings: Settings, order: StopOrder?, taking: Bool, at now: Moment,
    tell: Teller
  ) throws(StoreError) -> Bool {
    attend(settings: settings, order: order, at: now)
    let hasSettled = try settle(at: now, tell)
    guard taking, held == nil, order == nil, let command = settings.onDead,
      now.uptime >= nextLook
    else { return hasSettled }
    nextLook = now.uptime + settings.pollInterval
    if let notice = try store.claimHook(for: worker, at: now) {
      try start(command, for: notice, of: worker, settings: settings, at: now, tell)
    }
    return true
  }

  /// Sees whether the command has ended; see ``ActiveRun/look()``.
  mutating func look() { held?.run.look() }

  /// Does what can be done for the command without the store.
  mutating func attend(settings: Settings, order: StopOrder?, at now: Moment) {
    guard var held else { return }
    held.run.attend(
      isCancelled: false, order: order, grace: settings.killGrace, at: now.uptime
    ) { [runner, job = held.run.job] in runner.leftovers(of: job) != .none }
    self.held = held
  }

  private mutating func start(
    _ command: String, for notice: DueHook, of worker: WorkerID, settings: Settings,
    at now: Moment, _ tell: Teller
  ) throws(StoreError) {
    let job = notice.job
    var spec = JobSpec(command: command)
    spec.queue = job.spec.queue
    spec.timeout = settings.onDeadTimeout
    let run = ClaimedJob(
      run: job.latestRun?.id ?? RunID(0), runName: notice.runName, id: job.id, spec: spec,
      tally: RetryBudget(
        attempts: (job.latestRun?.attempt ?? 1) - 1, crashes: 0, maxRetries: job.maxRetries))
    var writer = JSONWriter()
    job.write(to: &writer)
    writer.lineEnd()
    // A worker that died over it may have left the command running: two runs of it never live at
    // once.
    if notice.wasTaken {
      let leftovers = runner.endLeftovers(of: run)
      guard leftovers == .none else { return tell(job.id, leftovers.text) }
    }
    switch runner.startNotice(run, input: writer.bytes, logLimitBytes: settings.logMaxSizeBytes) {
    case .running(let process):
      nextLook = .zero
      held = Held(
        run: ActiveRun(job: run, process: process, startedAt: now.uptime), taker: worker)
    case .refused(let end):
      try store.completeHook(of: job.id, by: worker)
      tell(job.id, end.cause ?? end.end.reason)
    case .exhausted(let reason): tell(job.id, reason)  // Still ours; tried again at the next look.
    }
  }

  /// Takes note of the command's end.
  /// - Returns: whether the store was asked.
  private mutating func settle(at now: Moment, _ tell: Teller) throws(StoreError) -> Bool {
    guard let held, let end = held.run.result else { return false }
    let run = held.run
    guard let report = run.report(end), report.end != .stopped else {
      self.held = nil
      return false
    }
    try store.completeHook(of: run.job.id, by: held.taker)
    self.held = nil
    tell(run.job.id, report.error)
    return true
  }
}
