package import QueueCore
package import QueueWorker

/// A runner without processes: each job follows a script, by the test's clock.
package final class ScriptedRunner: JobRunner {
  /// The behaviour of a started job.
  package enum Behavior {
    /// Ends by itself after this time.
    case ends(RunEnd, after: Duration)
    /// Runs until it is ended; TERM is enough unless it ignores that.
    case hangs(ignoringTerm: Bool)
    /// Runs on, whatever the signal.
    case resists
    /// Can't be started.
    case refused(JobEnd)
    /// Can't be started for lack of room on the machine.
    case exhausted
  }

  /// The script of each job; by default it succeeds at once.
  package var behavior: (ClaimedJob) -> Behavior = { _ in .ends(.exited(0), after: .zero) }
  package private(set) var started: [ClaimedJob] = []
  /// Every signal, in order.
  package private(set) var signals: [EndSignal] = []
  /// Whether a run was frozen (true) or continued, in order.
  package private(set) var freezes: [Bool] = []
  /// The runs whose leftover processes were killed, in order.
  package private(set) var ended: [String] = []
  private let clock: ManualClock
  private var jobs: [ScriptedJob] = []

  /// The time until a job ends by itself; zero if one has ended and wasn't polled; nil if none
  /// will.
  package var untilNextEnd: Duration? { jobs.compactMap(\.untilEnd).min() }

  /// A runner whose jobs take time by `clock`.
  package init(clock: ManualClock) { self.clock = clock }

  /// How long a run's leftover processes survive a TERM; by default not at all.
  package var straysOutliveTerm = Duration.zero
  private var termedAt: Duration?

  package func leftovers(of job: ClaimedJob) -> Leftovers {
    guard let termedAt, !ended.contains(job.runName),
      clock.now().uptime - termedAt < straysOutliveTerm
    else { return .none }
    return .processes([LeftoverProcess(pid: 4711, uid: 0)])
  }

  package func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult {
    let behavior = behavior(job)
    if case .exhausted = behavior { return .exhausted(reason: "no room") }
    started.append(job)
    if case .refused(let end) = behavior { return .refused(end) }
    let job = ScriptedJob(behavior, clock: clock) { [weak self] in
      self?.note($0)
    } noteFreeze: { [weak self] in
      self?.freezes.append($0)
    }
    jobs.append(job)
    return .running(job)
  }

  /// The input of each on-dead command, in order.
  package private(set) var inputs: [[UInt8]] = []

  package func startNotice(_ notice: ClaimedJob, input: [UInt8], logLimitBytes: Int) -> StartResult
  {
    inputs.append(input)
    return start(notice, logLimitBytes: logLimitBytes)
  }

  private func note(_ signal: EndSignal) {
    signals.append(signal)
    if signal == .terminate { termedAt = clock.now().uptime }
  }

  /// The processes of any run that can't be killed.
  package var unended = Leftovers.none

  package func endLeftovers(of job: ClaimedJob) -> Leftovers {
    ended.append(job.runName)
    return unended
  }

  package func endLeftovers(
    of run: WorkerRecord.Assignment, in process: ProcessIdentity
  ) -> Leftovers {
    ended.append(run.runName)
    return unended
  }
}

/// A job that follows a script.
private final class ScriptedJob: RunningJob {
  /// No real one, because no test waits for it.
  let descriptor: Int32? = 7
  private let behavior: ScriptedRunner.Behavior
  private let clock: ManualClock
  private let startedAt: Duration
  private let note: (EndSignal) -> Void
  private let noteFreeze: (Bool) -> Void
  private var frozenSince: Duration?
  private var frozenBefore = Duration.zero
  private var isTermed = false
  private var killed: RunEnd?
  private var isReported = false

  var untilEnd: Duration? {
    if isReported { return nil }
    if killed != nil { return .zero }
    guard case .ends(_, let after) = behavior, frozenSince == nil else { return nil }
    return max(.zero, after - runTime)
  }

  private var runTime: Duration {
    let now = clock.now().uptime
    return now - startedAt - frozenBefore - (frozenSince.map { now - $0 } ?? .zero)
  }

  init(
    _ behavior: ScriptedRunner.Behavior, clock: ManualClock, note: @escaping (EndSignal) -> Void,
    noteFreeze: @escaping (Bool) -> Void
  ) {
    self.behavior = behavior
    self.clock = clock
    self.note = note
    self.noteFreeze = noteFreeze
    startedAt = clock.now().uptime
  }

  func poll() -> JobEnd? {
    if let killed {
      isReported = true
      return JobEnd(end: killed)
    }
    guard case .ends(let end, let after) = behavior, runTime >= after
    else { return nil }
    isReported = true
    return JobEnd(
      end: end, cpuTime: .milliseconds(7), peakMemoryBytes: 1 << 20, lastLine: "last words")
  }

  func tend() -> Duration? { nil }

  func signal(_ signal: EndSignal) {
    note(signal)
    switch (signal, behavior) {
    case (.terminate, .hangs(ignoringTerm: true)), (_, .resists): break
    case (.terminate, _):
      isTermed = true
      if frozenSince == nil { killed = .signaled(15) }
    case (.kill, _): killed = .signaled(9)
    }
  }

  func freeze() {
    noteFreeze(true)
    frozenSince = clock.now().uptime
  }

  func thaw() {
    noteFreeze(false)
    frozenBefore += frozenSince.map { clock.now().uptime - $0 } ?? .zero
    frozenSince = nil
    if isTermed { killed = killed ?? .signaled(15) }
  }
}
