import QueueCore
import QueueTestSupport
import QueueWorker

@testable import QueueHost

/// A queue with its workers and users on one simulated host, or on several that share the queue.
///
/// The store, the workers and the reclaiming are real; clock, processes and jobs are simulated.
/// Everything runs in one thread: chance picks the process that acts at each step. Concurrency is
/// simulated by letting others act while a process is stopped at a call to the store. After each
/// call that may have changed something the rules are checked; the first violation ends the
/// simulation.
final class World {
  let time = WorldTime()
  let hosts: [SimulatedHost]
  /// The acting host.
  private(set) var here: SimulatedHost
  let queue: any SimulatedQueue
  let plant: Plant
  let faults: Faults
  var chance: Chance
  var rulebook: Rulebook
  var trace: Trace
  /// The first rule that was broken.
  private(set) var violation: Violation?

  /// The live processes.
  var processes: [SimulatedProcess] = []
  /// The pending replacements of dead workers: when and where the command of each began.
  var restarts: [(begun: Duration, host: SimulatedHost)] = []
  /// Time doesn't advance past the earliest, at which a stopped process continues.
  var timeLimits: [Duration] = []
  /// The number of workers to keep running.
  let wanted: Int
  /// Whether faults have stopped.
  var isCalm = false
  /// How often the machine was started.
  var boots = 1
  /// The nesting of stopped processes.
  private var depth = 0
  var enqueued = 0
  /// The last export.
  var exported: [ExportedJob] = []
  private var lastNumber: Int32 = 1000
  /// A handle without faults.
  let observer: any JobStore
  /// The handles that all commands of a host share: opening one for each would only take longer.
  private let commandHandles: [any JobStore]

  /// - Parameter seed: determines every choice.
  init(
    seed: UInt64, store: SimulatedStore, adjusting adjust: (inout Faults) -> Void = { _ in },
    plant: Plant = Plant(), tracing: Bool = false
  ) throws {
    self.plant = plant
    trace = Trace(isKept: tracing)
    var chance = Chance(seed: seed)
    var mixture = Faults.mixed(by: &chance)
    // From a separate generator, so that the choices for one host don't change.
    var apart = Chance(seed: ~seed)
    if store.mostHosts > 1, apart.happens(0.3) {
      mixture.spread(over: apart.number(2...store.mostHosts))
      mixture.varyHosts(by: &apart)
    }
    adjust(&mixture)
    self.faults = mixture
    wanted = chance.number(2...5)
    let several = mixture.hosts > 1
    let lease = chance.pick(several ? [30, 60, 120] : [2, 5, 10, 30]) ?? 30
    self.chance = chance
    hosts = (1...mixture.hosts).map { number in
      let spread = Int(mixture.clockSpread.milliseconds)
      return SimulatedHost(
        several ? number : nil, ahead: apart.milliseconds(-spread / 2...spread / 2))
    }
    here = hosts[0]
    for host in hosts { time.begin(host.clock.now()) }
    rulebook = Rulebook(lease: .seconds(lease), spread: mixture.clockSpread, time: time)
    let queue = try store.open(for: mixture.hosts)
    self.queue = queue
    observer = plant.store(try queue.open(), hosts[0])
    commandHandles = try hosts.map { plant.store(try queue.open(), $0) }
    try observer.set(try Setting.named(several ? "host-lease" : "lease"), to: "\(lease)s")
    for host in hosts { queue.fixTime(at: host.clock.now()) }
  }

  /// The clock of the acting host.
  var clock: ManualClock { here.clock }

  /// Runs `body` on a host.
  func on(_ host: SimulatedHost, _ body: () throws -> Void) rethrows {
    let before = here
    here = host
    defer { here = before }
    try body()
  }

  /// Takes a number of steps, then stops the faults and lets all jobs end.
  func run() throws {
    // Breaks the reference cycles of workers and processes.
    defer { for process in processes { process.worker = nil } }
    let steps = chance.number(150...400)
    var done = 0
    while done < steps, violation == nil {
      try act()
      done += 1
    }
    if violation == nil { try comeToRest() }
  }

  /// Adds a line to the trace, with the time.
  func note(_ line: @autoclosure () -> String) {
    trace.note {
      let indent = String(repeating: "  ", count: depth)
      guard hosts.count > 1 else { return "\(clock.now().uptime.inSeconds) \(indent)\(line())" }
      return "\(time.now.inSeconds) \(here) \(indent)\(line())"
    }
  }

  func broke(_ violation: Violation) {
    guard self.violation == nil else { return }
    self.violation = violation
    note("\(violation)")
  }

  // MARK: - Processes

  func makeProcess(_ role: String, begun: Duration? = nil) -> SimulatedProcess {
    lastNumber += 1
    let process = SimulatedProcess(
      role, number: lastNumber, begun: begun ?? clock.now().uptime, on: here)
    processes.append(process)
    return process
  }

  /// The queue, opened by a worker.
  func openStore(for process: SimulatedProcess) throws -> any JobStore {
    ProcessStore(plant.store(try queue.open(), process.host), self, process)
  }

  /// The queue, opened by a command.
  func commandStore(for process: SimulatedProcess) -> any JobStore {
    let index = hosts.firstIndex { $0 === process.host } ?? 0
    return ProcessStore(commandHandles[index], self, process)
  }

  func reclaimer(of process: SimulatedProcess, _ store: any JobStore) -> Reclaimer {
    Reclaimer(
      store: store, runner: plant.reclaimingRunner(SimulatedRunner(self, process)),
      liveness: Liveness(
        site: process.host.site, silence: plant.silence?() ?? observedSilence(by: process)
      ) { [unowned self] in isLocked($0) })
  }

  private func observedSilence(
    by process: SimulatedProcess
  ) -> (WorkerRecord, Moment) -> Duration {
    let observed = ObservedSilence()
    let clock = process.host.clock
    return { worker, _ in observed.silence(of: worker, at: clock.now().uptime) }
  }

  private func isLocked(_ identity: ProcessIdentity) -> Answer {
    if !isCalm, chance.happens(faults.blindness) { return .unknown("simulated") }
    return Answer(processes.contains { $0.identity == identity && $0.isAlive })
  }

  /// Kills a process at any point. Its jobs survive.
  func die(_ process: SimulatedProcess, _ cause: String) {
    note("\(process) dies: \(cause)")
    process.isAlive = false
    process.worker = nil
    processes.removeAll { $0 === process }
  }

  // MARK: - Calls to the store

  /// Applies the faults before a call.
  func willCall(_ name: String, _ process: SimulatedProcess) throws(StoreError) {
    try standStill(process)
    if process.isDoomed || !isCalm && chance.happens(faults.crashes) {
      die(process, "before \(name)")
      throw Self.ended
    }
    if !isCalm, chance.happens(faults.trouble) {
      note("\(process) \(name): busy")
      throw StoreError(.busy, "simulated")
    }
    if process.host.link == .cut { throw lost(name, process) }
  }

  /// Applies the rules and the faults after a successful call.
  func didCall(
    _ name: String, _ process: SimulatedProcess, _ change: Change?, result: () -> String
  ) throws(StoreError) {
    note("\(process) \(name): \(result())")
    if let change {
      check(change)
      guard violation == nil else { throw Self.ended }
    }
    if process.host.link == .deaf { throw lost(name, process) }
    if !isCalm, chance.happens(faults.crashes) {
      die(process, "after \(name)")
      throw Self.ended
    }
    try standStill(process)
  }

  private func lost(_ name: String, _ process: SimulatedProcess) -> StoreError {
    note("\(process) \(name): no answer")
    return StoreError(.cannotOpen, "no answer")
  }

  private func check(_ change: Change) {
    do {
      try rulebook.check(change, observer, endedRuns: queue.endedRuns, at: clock.now())
      for host in hosts {
        try host.machine.checkOwnDoing(change)
        let isExact = hosts.count == 1 && faults.pauses == 0 && !faults.freezes
        try host.machine.checkTimeLimits(change, isExact: isExact) { run in
          rulebook.rows.first { $0.latestRun?.id == run }
        }
      }
    } catch let violation as Violation {
      broke(violation)
    } catch {
      broke(Violation(.movedAsTold, "the queue can't be read: \(error)"))
    }
  }

  /// May let others act before the process continues.
  func standStill(_ process: SimulatedProcess) throws(StoreError) {
    guard violation == nil, process.isAlive else { throw Self.ended }
    guard !isCalm, depth < 3, chance.happens(faults.pauses) else { return }
    pause(process)
    guard violation == nil, process.isAlive else { throw Self.ended }
  }

  /// Lets others act for a while.
  func pause(_ process: SimulatedProcess) {
    note("\(process) stands still")
    depth += 1
    timeLimits.append(limit(ofStandingStill: process))
    if faults.leaps, chance.happens(0.2) { leap() }
    do {
      for _ in 0..<chance.number(1...12) where violation == nil { try act() }
    } catch {
      broke(Violation(.movedAsTold, "the simulation itself failed: \(error)"))
    }
    timeLimits.removeLast()
    depth -= 1
    note("\(process) goes on")
  }

  /// Ends the step of a dead process. Workers don't treat this error as transient.
  private static let ended = StoreError(.corrupt, "simulated end of the process")

  // MARK: - Runs

  func start(_ job: ClaimedJob, by process: SimulatedProcess) -> StartResult {
    if faults.known.contains(.pauseBeforeStart), !isCalm, chance.happens(faults.pauses) {
      pause(process)
    }
    if !isCalm, faults.fullMachine, chance.happens(0.2) {
      return .exhausted(reason: "simulated")
    }
    let plan = plan(for: job)
    do throws(Violation) {
      note("\(process) starts run \(job.run) of \(job.id): \(plan)")
      if let refusal = plan.refusal { return .refused(JobEnd(end: refusal)) }
      let run = try process.host.machine.start(
        job, plan, by: process, beside: hosts.flatMap(\.machine.runs),
        endedWell: rulebook.ledger.wasSuccessful)
      if run.isPoisoning { process.isDoomed = true }
      return .running(run)
    } catch {
      broke(error)
      return .exhausted(reason: "a rule was broken")
    }
  }

  func endLeftovers(of runName: String, by process: SimulatedProcess) -> Leftovers {
    guard let run = process.host.machine.run(named: runName), run.isAlive else { return .none }
    if !isCalm, chance.happens(faults.blindness) {
      note("\(process) can't tell what lives of run \(run.run)")
      return .unknown("simulated")
    }
    note("\(process) kills the processes of run \(run.run) of \(run.job)")
    run.end(by: process)
    return run.isAlive ? .processes([LeftoverProcess(pid: 4711, uid: 0)]) : .none
  }
}
