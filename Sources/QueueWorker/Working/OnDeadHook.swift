import QueueCore

/// Runs the `on-dead` command for dead jobs, one at a time, beside the worker's own job.
/// The store keeps the notice until the command ends, so a worker's crash may repeat it.
struct OnDeadHook {
  /// Reports that the command ran; `problem` is nil on success.
  typealias Teller = (_ job: JobID, _ problem: String?) -> Void

  private let store: any WorkerStore & QueueReader
  private let runner: any JobRunner
  private var claimed: Claimed?
  private var held: Held?
  private var nextLook = Duration.zero

  private struct Claimed {
    let notice: DueHook
    let taker: WorkerID
  }

  /// The command and the worker ID that claimed the notice, which may have changed since.
  private struct Held {
    var run: ActiveRun
    let taker: WorkerID
  }

  init(store: any WorkerStore & QueueReader, runner: any JobRunner) {
    self.store = store
    self.runner = runner
  }

  var isBusy: Bool { held != nil }
  var descriptor: Int32? { held?.run.descriptor }
  var deadline: Duration? { held?.run.deadline }

  func mayBeWaiting(_ settings: Settings, order: StopOrder?) -> Bool {
    held == nil && order == nil && settings.onDead != nil && (claimed != nil || nextLook == .zero)
  }

  mutating func lookSoon() { nextLook = .zero }

  /// Performs the due actions; returns whether the store was called or a process started.
  /// - Parameter order: a stop prevents new claims; `endJob` ends the command and keeps its notice.
  mutating func step(
    for worker: WorkerID, settings: Settings, order: StopOrder?, taking: Bool, at now: Moment,
    tell: Teller
  ) throws(StoreError) -> Bool {
    attend(settings: settings, order: order, at: now)
    let hasSettled = try settle(at: now, tell)
    if settings.onDead == nil { claimed = nil }
    guard taking, held == nil, order == nil, let command = settings.onDead,
      claimed != nil || now.uptime >= nextLook
    else { return hasSettled }
    if let claimed {
      self.claimed = nil
      guard claimed.taker == worker else { return true }
      try start(command, for: claimed.notice, of: worker, settings: settings, at: now, tell)
    } else {
      // The claim takes time; the next step starts the command, and its time limit.
      claimed = try store.claimHook(for: worker, at: now).map { Claimed(notice: $0, taker: worker) }
      nextLook = now.uptime + settings.pollInterval
    }
    return true
  }

  mutating func look() { held?.run.look() }

  mutating func attend(settings: Settings, order: StopOrder?, at now: Moment) {
    guard var held else { return }
    held.run.attend(
      isCancelled: false, isPaused: false, order: order, grace: settings.killGrace, at: now.uptime
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
    // A worker that died may have left the command running; it must never run twice at once.
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
    case .exhausted(let reason): tell(job.id, reason)  // Still claimed; retried at the next look.
    }
  }

  /// Records the command's end; returns whether the store was called.
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
