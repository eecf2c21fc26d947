import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker

/// A simulated machine with a queue, workers, and people who use both.
///
/// The store, the workers and the reclaiming are the real ones; clock, processes and jobs are
/// simulated. Everything happens in one thread: at each step chance says who acts. What processes
/// do at once is made by having others act while one stands still at a call to the store. After
/// each call that may have changed something the rules are checked; the first one broken ends the
/// simulation.
final class World {
  let clock = ManualClock()
  let machine: Machine
  let queue: any SimulatedQueue
  let plant: Plant
  let faults: Faults
  var chance: Chance
  var rulebook: Rulebook
  var trace: Trace
  /// The first rule that was broken.
  private(set) var violation: Violation?

  /// Those that live.
  var processes: [SimulatedProcess] = []
  /// The commands whose supervisors are about to start a worker in place of one that died: when
  /// each began.
  var restarts: [Duration] = []
  /// How many workers there are to be.
  let wanted: Int
  /// Nothing goes wrong any more.
  var isCalm = false
  /// How often the machine was started.
  var boots = 1
  /// How many processes stand still within each other's steps.
  private var depth = 0
  var enqueued = 0
  /// The last export.
  var exported: [ExportedJob] = []
  private var lastNumber: Int32 = 1000
  /// A handle that no fault touches.
  let observer: any JobStore
  /// The handle of all commands: one that has just been opened would behave no differently, and
  /// take longer.
  private let commandHandle: any JobStore

  /// - Parameter seed: makes every choice.
  init(
    seed: UInt64, queue: any SimulatedQueue, adjusting adjust: (inout Faults) -> Void = { _ in },
    plant: Plant = Plant(), tracing: Bool = false
  ) throws {
    self.queue = queue
    self.plant = plant
    machine = Machine(clock: clock)
    trace = Trace(isKept: tracing)
    var chance = Chance(seed: seed)
    var mixture = Faults.mixed(by: &chance)
    adjust(&mixture)
    self.faults = mixture
    wanted = chance.number(2...5)
    let lease = chance.pick([2, 5, 10, 30]) ?? 30
    self.chance = chance
    rulebook = Rulebook(lease: .seconds(lease))
    observer = plant.store(try queue.open(), clock)
    commandHandle = plant.store(try queue.open(), clock)
    try observer.set(try Setting.named("lease"), to: "\(lease)s")
  }

  /// Lets a number of things happen, then has the faults stop and everything come to its end.
  func run() throws {
    // A worker holds on to its process, as its process does to it.
    defer { for process in processes { process.worker = nil } }
    let steps = chance.number(150...400)
    var done = 0
    while done < steps, violation == nil {
      try act()
      done += 1
    }
    if violation == nil { try comeToRest() }
  }

  /// Writes down a line, with the time.
  func note(_ line: @autoclosure () -> String) {
    trace.note {
      let indent = String(repeating: "  ", count: depth)
      return "\(clock.now().uptime.inSeconds) \(indent)\(line())"
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
    let now = clock.now()
    let process = SimulatedProcess(
      role, number: lastNumber, begun: begun ?? now.uptime, boot: now.boot)
    processes.append(process)
    return process
  }

  /// The queue, opened by a worker.
  func openStore(for process: SimulatedProcess) throws -> any JobStore {
    ProcessStore(plant.store(try queue.open(), clock), self, process)
  }

  /// The queue, as a command has it.
  func commandStore(for process: SimulatedProcess) -> any JobStore {
    ProcessStore(commandHandle, self, process)
  }

  func reclaimer(of process: SimulatedProcess, _ store: any JobStore) -> Reclaimer {
    Reclaimer(
      store: store, runner: plant.reclaimingRunner(SimulatedRunner(self, process)),
      liveness: Liveness(site: .example) { [unowned self] in isLocked($0) })
  }

  private func isLocked(_ identity: ProcessIdentity) -> Answer {
    if !isCalm, chance.happens(faults.blindness) { return .unknown("simulated") }
    return Answer(processes.contains { $0.identity == identity && $0.isAlive })
  }

  /// Ends a process, whatever it is doing. Its jobs live on.
  func die(_ process: SimulatedProcess, _ cause: String) {
    note("\(process) dies: \(cause)")
    process.isAlive = false
    process.worker = nil
    processes.removeAll { $0 === process }
  }

  // MARK: - Calls to the store

  /// What the process's next call has to get past.
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
  }

  /// What comes after a call that went well.
  func didCall(
    _ name: String, _ process: SimulatedProcess, _ change: Change?, result: () -> String
  ) throws(StoreError) {
    note("\(process) \(name): \(result())")
    if let change {
      check(change)
      guard violation == nil else { throw Self.ended }
    }
    if !isCalm, chance.happens(faults.crashes) {
      die(process, "after \(name)")
      throw Self.ended
    }
    try standStill(process)
  }

  private func check(_ change: Change) {
    do {
      try rulebook.check(change, observer, endedRuns: queue.endedRuns, at: clock.now())
      try machine.checkOwnDoing(change)
      try machine.checkTimeLimits(change, isExact: faults.pauses == 0 && !faults.freezes) { run in
        rulebook.rows.first { $0.latestRun?.id == run }
      }
    } catch let violation as Violation {
      broke(violation)
    } catch {
      broke(Violation(.movedAsTold, "the queue can't be read: \(error)"))
    }
  }

  /// Others act before the process goes on.
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
    if faults.leaps, chance.happens(0.2) { leap() }
    do {
      for _ in 0..<chance.number(1...12) where violation == nil { try act() }
    } catch {
      broke(Violation(.movedAsTold, "the simulation itself failed: \(error)"))
    }
    depth -= 1
    note("\(process) goes on")
  }

  /// Ends a step of a process that isn't to go on. Not one of the errors that a worker takes for
  /// passing.
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
      let run = try machine.start(
        job, plan, by: process, endedWell: rulebook.ledger.wasSuccessful)
      if run.isPoisoning { process.isDoomed = true }
      return .running(run)
    } catch {
      broke(error)
      return .exhausted(reason: "a rule was broken")
    }
  }

  func endLeftovers(of runName: String, by process: SimulatedProcess) -> Leftovers {
    guard let run = machine.run(named: runName), run.isAlive else { return .none }
    if !isCalm, chance.happens(faults.blindness) {
      note("\(process) can't tell what lives of run \(run.run)")
      return .unknown("simulated")
    }
    note("\(process) kills the processes of run \(run.run) of \(run.job)")
    run.end(by: process)
    return run.isAlive ? .processes([LeftoverProcess(pid: 4711, uid: 0)]) : .none
  }
}
