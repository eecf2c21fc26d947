import QueueCore
import QueueTestSupport
import QueueWorker

/// The processes of all runs on a simulated host.
final class Machine {
  private let clock: ManualClock
  /// Every run since the last boot, in order of start.
  private(set) var runs: [SimulatedRun] = []

  init(clock: ManualClock) { self.clock = clock }

  /// Starts a run.
  /// - Parameters:
  ///   - others: the runs on all hosts.
  ///   - endedWell: whether a run succeeded. Its background processes may survive, even if the job
  ///     was removed and another got its id.
  /// - Throws: a violation if another run of the job lives, or this one was started before.
  func start(
    _ job: ClaimedJob, _ plan: JobPlan, by process: SimulatedProcess, beside others: [SimulatedRun],
    endedWell: (RunID) -> Bool
  ) throws(Violation) -> SimulatedRun {
    for other in others where other.job == job.id {
      if other.run == job.run {
        throw Violation(.oneLiveRun, "run \(job.run) of \(job.id) is started a second time")
      }
      if other.isMainAlive || other.hasStrays && !endedWell(other.run) {
        throw Violation(
          .oneLiveRun,
          "\(process) starts run \(job.run) of \(job.id) while run \(other.run) of it has "
            + (other.isMainAlive ? "its main process alive" : "a stray process alive"))
      }
    }
    let run = SimulatedRun(job, plan, of: process, clock: clock)
    runs.append(run)
    return run
  }

  func run(named name: String) -> SimulatedRun? { runs.first { $0.name == name } }

  /// The time until the next main process ends by itself; nil if none will.
  var untilNextEnd: Duration? { runs.compactMap(\.untilEnd).min() }

  /// Checks that a lost run killed by another worker doesn't count as ended by itself.
  func checkOwnDoing(_ change: Change) throws(Violation) {
    guard case .finished(let id, _, let report, _, let result, _) = change, result != .superseded,
      let run = runs.first(where: { $0.run == id }), run.wasTaken
    else { return }
    throw Violation(
      .ownRunsCount,
      "run \(id) of \(run.job) was killed by another process and counts as \(report.end.word)")
  }

  /// Checks that no run timed out before its limit, pauses excluded.
  /// - Parameter isExact: whether no worker is stopped between reading the clock and acting on it.
  func checkTimeLimits(
    _ change: Change, isExact: Bool, of job: (RunID) -> Job?
  ) throws(Violation) {
    guard case .finished(let id, _, let report, _, _, _) = change, report.end == .timedOut,
      let run = runs.first(where: { $0.run == id }), let limit = job(id)?.timeout
    else { return }
    guard report.elapsed >= limit, !isExact || run.runTime >= limit else {
      throw Violation(
        .pausesDontCount,
        "run \(id) of \(run.job) ran for \(run.runTime), and timed out after \(limit)")
    }
  }

  /// Makes all hanging runs end soon.
  func calm() { for run in runs { run.calm() } }

  /// Ends all processes at once.
  func powerOff() { runs.removeAll() }
}

/// The behaviour of a run.
struct JobPlan: CustomStringConvertible {
  /// The failure to start it; nil if it starts.
  var refusal: RunEnd?
  /// How and when its main process ends by itself; nil for never.
  var end: (outcome: RunEnd, after: Duration)?
  var ignoresTerm = false
  /// The life of processes that left its session; nil for none.
  var strays: Duration?
  /// The life of processes that can't be killed; nil for none.
  var immortals: Duration?
  /// When it kills the worker that started it; nil for never.
  var killsWorker: Duration?

  var description: String {
    if let refusal { return refusal.word }
    let parts: [String?] = [
      end.map { "\($0.outcome.word) after \($0.after.text)" } ?? "hangs",
      ignoresTerm ? "ignores TERM" : nil,
      strays.map { "leaves strays for \($0.text)" },
      immortals.map { "can't be killed for \($0.text)" },
      killsWorker.map { "kills its worker after \($0.text)" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}

/// The processes of one run.
final class SimulatedRun: RunningJob {
  let name: String
  let run: RunID
  let job: JobID
  let starter: SimulatedProcess
  let descriptor: Int32? = nil
  /// Whether another worker killed it as a lost run.
  private(set) var wasTaken = false
  private var plan: JobPlan
  private let clock: ManualClock
  private let startedAt: Duration
  private var killed: RunEnd?
  private var frozenSince: Duration?
  private var frozenBefore = Duration.zero
  private var isTermed = false
  private var straysUntil: Duration?
  private var immortalUntil: Duration?

  init(_ job: ClaimedJob, _ plan: JobPlan, of process: SimulatedProcess, clock: ManualClock) {
    name = job.runName
    run = job.run
    self.job = job.id
    self.plan = plan
    self.clock = clock
    starter = process
    startedAt = clock.now().uptime
    straysUntil = plan.strays.map { clock.now().uptime + $0 }
    immortalUntil = plan.immortals.map { clock.now().uptime + $0 }
  }

  var isMainAlive: Bool { poll() == nil }

  var hasStrays: Bool {
    [straysUntil, immortalUntil].contains { $0.map { clock.now().uptime < $0 } ?? false }
  }

  var isAlive: Bool { isMainAlive || hasStrays }

  /// The time until it ends by itself; nil if it won't, or has.
  var untilEnd: Duration? {
    guard killed == nil, frozenSince == nil, let end = plan.end else { return nil }
    let rest = end.after - runTime
    return rest > .zero ? rest : nil
  }

  /// Its run time, pauses excluded.
  var runTime: Duration {
    let now = clock.now().uptime
    return now - startedAt - frozenBefore - (frozenSince.map { now - $0 } ?? .zero)
  }

  /// Whether it is due to kill its worker.
  var isPoisoning: Bool {
    guard let after = plan.killsWorker, isMainAlive, frozenSince == nil else { return false }
    return runTime >= after
  }

  func poll() -> JobEnd? {
    if let killed { return JobEnd(end: killed) }
    guard let end = plan.end, runTime >= end.after else { return nil }
    return JobEnd(end: end.outcome, cpuTime: .milliseconds(5), lastLine: "last words")
  }

  func tend() -> Duration? { nil }

  func signal(_ signal: EndSignal) {
    guard signal == .kill || !plan.ignoresTerm else { return }
    // A stopped process gets any signal but KILL when it continues.
    guard signal == .kill || frozenSince == nil else { return isTermed = true }
    if isMainAlive { killed = .signaled(signal == .kill ? 9 : 15) }
    straysUntil = nil
  }

  func freeze() { frozenSince = clock.now().uptime }

  func thaw() {
    frozenBefore += frozenSince.map { clock.now().uptime - $0 } ?? .zero
    frozenSince = nil
    if isTermed { signal(.terminate) }
  }

  /// Stops or continues it behind its worker's back.
  func setFrozen(_ isWanted: Bool) {
    guard isWanted != (frozenSince != nil) else { return }
    isWanted ? freeze() : thaw()
  }

  /// Kills all processes that can be killed.
  func end(by process: SimulatedProcess) {
    if isMainAlive {
      killed = .signaled(9)
      wasTaken = process !== starter
    }
    straysUntil = nil
  }

  /// Makes it end soon by itself, without killing its worker.
  func calm() {
    plan.killsWorker = nil
    immortalUntil = immortalUntil.map { min($0, clock.now().uptime + .seconds(2)) }
    guard plan.end == nil else { return }
    plan.end = (.exited(0), after: runTime + .seconds(2))
  }
}

/// Starts and ends runs on the machine for one process.
final class SimulatedRunner: JobRunner {
  private unowned let world: World
  private let process: SimulatedProcess

  init(_ world: World, _ process: SimulatedProcess) {
    self.world = world
    self.process = process
  }

  func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult {
    world.start(job, by: process)
  }

  /// Commands for dead jobs aren't part of the simulation: no world sets one.
  func startNotice(_ notice: ClaimedJob, input: [UInt8], logLimitBytes: Int) -> StartResult {
    preconditionFailure("no command is set for dead jobs")
  }

  func leftovers(of job: ClaimedJob) -> Leftovers {
    process.host.machine.run(named: job.runName)?.isAlive == true ? .processes([]) : .none
  }

  func endLeftovers(of job: ClaimedJob) -> Leftovers {
    world.endLeftovers(of: job.runName, by: process)
  }

  func endLeftovers(of run: WorkerRecord.Assignment, in lost: ProcessIdentity) -> Leftovers {
    world.endLeftovers(of: run.runName, by: process)
  }
}
