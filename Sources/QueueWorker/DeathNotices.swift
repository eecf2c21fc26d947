import QueueCore

/// Runs the command of the setting `on-dead` for jobs that have died, one after the other, beside the worker's own work.
///
/// The store keeps a notice of each such job until the command has ended, so none is missed when a worker dies; it may then be given
/// twice. How the command ends, and how long it takes, is nothing to the queue.
struct DeathNotices {
  /// Tells who watches: the job, and why the command failed; nil when it did its work.
  typealias Teller = (_ job: JobID, _ problem: String?) -> Void

  private let store: any JobStore
  private let runner: any JobRunner
  private var held: HeldRun?
  private var nextLook = Duration.zero

  init(store: any JobStore, runner: any JobRunner) {
    self.store = store
    self.runner = runner
  }

  /// Whether the command runs.
  var isBusy: Bool { held != nil }
  /// Polls readable once it has ended.
  var descriptor: Int32? { held?.process.descriptor }
  /// When there is something to do about it by time alone.
  var deadline: Duration? { held?.deadline }

  /// Whether the next step looks for a notice at once.
  func mayBeWaiting(_ settings: Settings) -> Bool { settings.onDead != nil && nextLook == .zero }

  /// Has the next step look for a notice: a job has died.
  mutating func lookSoon() { nextLook = .zero }

  /// Does what is to be done now.
  /// - Parameter order: a worker that stops takes no other notice; one that is to leave now ends the command, and leaves the notice to others.
  mutating func step(
    for worker: WorkerID, settings: Settings, order: StopOrder?, at now: Moment, tell: Teller
  ) throws(StoreError) {
    if let run = held { try attend(run, settings: settings, order: order, at: now, tell) }
    guard held == nil, order == nil, let command = settings.onDead, now.uptime >= nextLook else {
      return
    }
    nextLook = now.uptime + settings.pollInterval
    guard let notice = try store.takeNotice(for: worker, at: now) else { return }
    try start(command, for: notice, settings: settings, at: now, tell)
  }

  private mutating func start(
    _ command: String, for notice: DeathNotice, settings: Settings, at now: Moment, _ tell: Teller
  ) throws(StoreError) {
    let job = notice.job
    let run = ClaimedJob(
      run: job.latestRun?.run ?? RunID(0), runName: notice.runName, id: job.id,
      queue: job.queue, command: command, directory: nil, environment: [],
      timeout: settings.onDeadTimeout, retryRules: RetryRules(),
      tally: Transition.Tally(attempts: job.attempts, crashes: 0, maxRetries: job.maxRetries))
    var writer = JSONWriter()
    job.write(to: &writer)
    writer.lineEnd()
    switch runner.startNotice(run, input: writer.bytes, logLimitBytes: settings.logMaxSizeBytes) {
    case .running(let process):
      nextLook = .zero
      held = HeldRun(job: run, process: process, startedAt: now.uptime)
    case .refused(let end):
      try store.dropNotice(of: job.id)
      tell(job.id, end.outcome.reason)
    case .exhausted: break  // The notice is still ours; it is tried again at the next look.
    }
  }

  private mutating func attend(
    _ run: HeldRun, settings: Settings, order: StopOrder?, at now: Moment, _ tell: Teller
  ) throws(StoreError) {
    var run = run
    let hasLeftovers = { [runner, name = run.job.runName] in runner.hasLeftovers(of: name) }
    guard let end = run.isOver(at: now.uptime, hasLeftovers: hasLeftovers) else {
      run.tend(at: now.uptime)
      run.press(isCancelled: false, order: order, grace: settings.killGrace, at: now.uptime)
      held = run
      return
    }
    guard let report = run.report(end, at: now.uptime), report.outcome != .stopped else {
      held = nil
      return
    }
    try store.dropNotice(of: run.job.id)
    held = nil
    tell(run.job.id, report.error)
  }
}
