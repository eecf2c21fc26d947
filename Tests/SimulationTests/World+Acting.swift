import QueueCore
import QueueOperations
import QueueTestSupport
import QueueWorker

extension World {
  /// The possible events.
  private enum Action: CaseIterable {
    case step, passTime, leap, jumpWall, reboot
    case startWorker, restart, kill, freeze, thaw, stop
    case enqueue, requestStop, cancel, pauseRun, retrySome, edit, remove, exportAll, importAll
    case hold, configure, schedule
    case breakLink, mendLink, pauseHost, powerOff

    func weight(_ faults: Faults) -> Int {
      switch self {
      case .step: 400
      case .passTime: 200
      case .leap: faults.leaps ? 10 : 0
      case .jumpWall: faults.wallJumps ? 15 : 0
      case .reboot: faults.reboots ? 4 : 0
      case .startWorker: 60
      case .restart: 40
      case .kill: faults.kills ? 15 : 0
      case .freeze: faults.freezes ? 20 : 0
      case .thaw: faults.freezes ? 25 : 0
      case .stop: faults.stops ? 8 : 0
      case .enqueue: 80
      case .requestStop: faults.stops ? 8 : 0
      case .cancel: 3
      case .pauseRun: faults.holds ? 25 : 0
      case .retrySome: 20
      case .edit: 8
      case .remove: 4
      case .exportAll, .importAll: faults.moves ? 4 : 0
      case .hold: faults.holds ? 10 : 0
      case .configure: 10
      case .schedule: faults.schedules
      case .breakLink: faults.cuts ? 8 : 0
      case .mendLink: faults.cuts ? 8 : 0
      case .pauseHost: faults.hostPauses ? 6 : 0
      case .powerOff: faults.hosts > 1 && faults.reboots ? 3 : 0
      }
    }
  }

  /// Runs a random event on a host that can act.
  func act() throws {
    guard hosts.count > 1 else { return try actHere() }
    boot()
    guard let host = chance.pick(hosts.filter(\.canAct)) else { return passTime(timeStep()) }
    try on(host) { try actHere() }
  }

  private func actHere() throws {
    switch chance.pick(Action.allCases.map { ($0, weight: $0.weight(faults)) }) {
    case .step:
      if let process = chance.pick(processes.filter(\.canStep)) { step(process) }
    case .passTime: passTime(timeStep())
    case .leap: leap()
    case .jumpWall: jumpWall()
    case .reboot: reboot()
    case .startWorker:
      if workers.count < wanted { startWorker() }
    case .restart: restart()
    case .kill:
      if let process = chance.pick(workers.filter(\.host.canAct)) {
        die(process, "killed")
        supervise(process)
      }
    case .freeze: freeze(chance.pick(workers.filter(mayBeStopped)), true)
    case .thaw: freeze(chance.pick(workers.filter(\.isFrozen)), false)
    case .stop:
      if let worker = chance.pick(workers)?.worker {
        worker.stop(chance.happens(0.6) ? .finishJob : .endJob)
      }
    case .enqueue: enqueue()
    case .requestStop: requestStop()
    case .cancel: cancel()
    case .pauseRun: pauseRun()
    case .retrySome: retrySome()
    case .edit: edit()
    case .remove: remove()
    case .exportAll: exportAll()
    case .importAll: importAll()
    case .hold: hold()
    case .configure: configure()
    case .schedule: schedule()
    case .breakLink: setLink(chance.happens(0.7) ? .cut : .deaf)
    case .mendLink: setLink(.whole)
    case .pauseHost: pauseHost()
    case .powerOff: powerOff()
    }
  }

  /// Living processes with a worker.
  var workers: [SimulatedProcess] { processes.filter { $0.worker != nil } }

  // MARK: - Time

  private func timeStep() -> Duration {
    switch chance.number(1...10) {
    case 1...5: return chance.milliseconds(1...200)
    case 6...8: return chance.milliseconds(200...1500)
    case 9: return chance.milliseconds(1500...6000)
    default: return here.machine.untilNextEnd ?? chance.milliseconds(1...1000)
    }
  }

  func passTime(_ duration: Duration) {
    let passed = Duration.milliseconds(duration.milliseconds)
    guard hosts.count == 1 else { return passTimeOfHosts(passed) }
    advanceClocks(by: passed)
  }

  func advanceClocks(by passed: Duration) {
    time.advance(by: passed)
    for host in hosts { host.clock.advance(by: passed) }
    note("\(passed.inSeconds) s pass")
    for run in hosts.flatMap(\.machine.runs) where run.isPoisoning && run.starter.isAlive {
      die(run.starter, "killed by its job \(run.job)")
      supervise(run.starter)
    }
  }

  /// Lets more time pass than the lease.
  func leap() { passTime(rulebook.lease + chance.milliseconds(1...20_000)) }

  private func jumpWall() {
    let jump = Duration.seconds(chance.pick([-86_400, -60, 60, 86_400]) ?? 60)
    // With several hosts, the server's clock counts, so all of them jump.
    for host in hosts { host.clock.jumpWall(by: jump) }
    if jump < .zero || hosts.count > 1 { rulebook.allowTurns() }
    note("the wall clock jumps by \(jump)")
  }

  private func reboot() {
    endAll()
    startAnew()
  }

  /// Kills all processes of this host.
  func endAll() {
    for process in processes where process.host === here { die(process, "reboot") }
    restarts.removeAll { $0.host === here }
    here.machine.powerOff()
  }

  func startAnew() {
    clock.reboot()
    time.begin(clock.now())
    boots += 1
    if hosts.count > 1 { queue.fixTime(at: clock.now()) }
    note("the machine is up again: \(clock.now().boot?.text ?? "")")
  }

  // MARK: - Workers

  /// Starts a process with a worker in it.
  /// - Parameter begun: when the command began whose supervisor starts it; nil for a new one.
  func startWorker(begun: Duration? = nil) {
    let process = makeProcess("worker", begun: begun)
    let queues = !isCalm && chance.happens(0.2) ? ["mail"] : []
    let drains = !isCalm && chance.happens(0.1)
    process.isInStep = true
    defer { process.isInStep = false }
    do {
      let store = try openStore(for: process)
      process.worker = try Worker(
        Worker.Configuration(
          process: process.identity, queues: queues, drains: drains, begun: process.begun,
          isOnServer: hosts.count > 1),
        store: store, runner: SimulatedRunner(self, process),
        reclaimer: reclaimer(of: process, store), zone: { _ in .utc }, generator: chance.fork(),
        at: clock.now()
      ) { [unowned self] event in
        if case .registeredAnew(let old) = event { note("\(process) was \(old)") }
      }
    } catch {
      die(process, "can't start: \(error)")
    }
  }

  private func freeze(_ process: SimulatedProcess?, _ isFrozen: Bool) {
    guard let process else { return }
    process.isFrozen = isFrozen
    note("\(process) is \(isFrozen ? "stopped" : "continued")")
  }

  /// Lets a worker take a step.
  func step(_ process: SimulatedProcess) { on(process.host) { stepHere(process) } }

  private func stepHere(_ process: SimulatedProcess) {
    guard let worker = process.worker else { return }
    let rung = process.wasRung
    process.wasRung = false
    process.isInStep = true
    defer { process.isInStep = false }
    do throws(StoreError) {
      let start = clock.now()
      var next = try worker.step(at: clock.now(), rung: rung)
      while next == .wait(.zero) {
        try standStill(process)
        next = try worker.step(at: plant.readsClockForEachStep ? clock.now() : start)
      }
      switch next {
      case .left: die(process, "has left")
      case .wait(let rest): process.dueAt = time.now + rest
      }
    } catch {
      if process.isAlive { die(process, "store error: \(error)") }
      if violation == nil { supervise(process) }
    }
  }

  /// Lets a supervisor, if one runs, handle a dead worker: it may start another later.
  private func supervise(_ dead: SimulatedProcess) {
    guard hosts.count == 1 else { return on(dead.host) { superviseHost(dead) } }
    guard !isCalm, chance.happens(0.5) else { return }
    runCommand("supervisor") { process, store in
      let settings = try store.settings()
      _ = try reclaimer(of: process, store).reclaimLost(
        judgingSilence: true, settings: settings, at: clock.now())
    }
    restartLater(dead)
  }

  func restartLater(_ dead: SimulatedProcess) {
    if dead.identity.boot == clock.now().boot, chance.happens(0.5) {
      restarts.append((dead.begun, dead.host))
    }
  }

  /// Performs a due restart: the supervisor reads its orders, and time may pass before the worker
  /// registers.
  private func restart() {
    guard workers.count < wanted, let due = restarts.firstIndex(where: \.host.canAct) else {
      return
    }
    let (begun, host) = restarts.remove(at: due)
    on(host) {
      var isStopped = true
      runCommand("supervisor") { process, store in
        isStopped = try store.stopOrder(since: begun, at: clock.now()) != nil
      }
      if !isStopped { startWorker(begun: begun) }
    }
  }

  // MARK: - Commands

  /// Runs a command, whose process may die during it.
  func runCommand(
    _ name: String, _ body: (SimulatedProcess, any JobStore) throws -> Void
  ) {
    let process = makeProcess(name)
    do {
      try body(process, commandStore(for: process))
    } catch {
      note("\(process) failed: \(error)")
    }
    process.isAlive = false
    processes.removeAll { $0 === process }
  }

  private func enqueue() {
    guard enqueued < 16 else { return }
    runCommand("enqueue") { _, store in
      let settings = try store.settings()
      let jobs = try (1...chance.number(1...3)).map { _ in try newJob() }
      var rest = jobs[...]
      try store.enqueue(at: clock.now(), settings: settings) {
        rest.popFirst()
      } each: { _ in
      }
    }
    ring()
  }

  private func newJob() throws -> NewJob {
    enqueued += 1
    // Sometimes a taken id.
    let number = chance.happens(0.05) ? max(1, enqueued - 1) : enqueued
    return try NewJob(
      id: chance.happens(0.1) ? nil : JobID("job\(number)"),
      command: (chance.pick(JobCharacter.allCases) ?? .good).rawValue,
      queue: chance.happens(0.3) ? "mail" : NewJob.defaultQueue,
      priority: chance.number(-1...1),
      runAt: chance.happens(0.2) ? clock.now().wall + chance.milliseconds(-1000...30_000) : nil,
      prerequisites: faults.holds && chance.happens(0.3) ? prerequisites() : [],
      uniqueKey: faults.keys && chance.happens(0.3) ? chance.pick(["a", "b"]) : nil,
      timeout: chance.happens(0.4) ? chance.milliseconds(500...10_000) : nil,
      maxRetries: chance.happens(0.5) ? chance.number(0...4) : nil)
  }

  /// One or two earlier jobs, or jobs of the same batch; sometimes an impossible one.
  private func prerequisites() -> [Prerequisite] {
    let known = rulebook.rows.map(\.id.text) + ["job\(enqueued - 1)"]
    return (1...chance.number(1...2)).map { _ in
      Prerequisite(
        reference: chance.pick(known) ?? "", accepts: chance.happens(0.5) ? .success : .anyEnd)
    }
  }

  /// Wakes some workers by the doorbell.
  func ring() {
    for process in processes where chance.happens(0.7) { process.wasRung = true }
  }

  private func requestStop() {
    let order: StopOrder = chance.happens(0.5) ? .finishJob : .endJob
    runCommand("stop") { process, store in
      let known = try store.workers().map(\.id)
      if chance.happens(0.3) {
        _ = try store.stopAll(order, at: clock.now())
      } else {
        _ = try store.requestStop(order, of: chance.pick(known).map { [$0] } ?? [])
      }
      for process in processes where chance.happens(0.7) { process.worker?.lookAtOrders() }
      let settings = try store.settings()
      _ = try reclaimer(of: process, store).reclaimLost(
        judgingSilence: true, settings: settings, at: clock.now())
    }
  }

  private func cancel() {
    guard let id = chance.pick(rulebook.rows.map(\.id.text)) else { return }
    runCommand("cancel") { _, store in
      _ = try store.cancel([id], at: clock.now())
      for process in processes where chance.happens(0.7) { process.worker?.lookAtOrders() }
    }
  }

  private func pauseRun() {
    let running = rulebook.rows.filter { $0.state == .processing }.map(\.id)
    guard let id = chance.pick(running) else { return }
    let isPaused = chance.happens(0.5)
    runCommand(isPaused ? "pause" : "resume") { _, store in
      _ = try store.setPaused(
        isPaused, runsOf: JobSelection(.listed([id]), in: [.processing]), at: clock.now())
      for process in processes where chance.happens(0.7) { process.worker?.lookAtOrders() }
    }
  }

  private func retrySome() {
    if chance.happens(0.2) { return retry() }
    let dead = rulebook.rows.filter { $0.state == .dead }.map(\.id.text)
    guard let id = chance.pick(dead) else { return }
    runCommand("retry") { _, store in
      let all: JobSelection.Jobs =
        dead.count > 1 ? .listed(dead.map(JobID.init(trusted:))) : .matching(JobQuery())
      let jobs = chance.happens(0.3) ? all : .named([id])
      _ = try store.retry(
        JobSelection(jobs, in: [.dead]), dryRun: chance.happens(0.1), at: clock.now())
    }
    ring()
  }

  private func retry() {
    guard
      let id = chance.pick(
        rulebook.rows.filter { JobState.retryable.contains($0.state) }.map(\.id.text))
    else {
      return
    }
    // A change knows no hosts: those that share a queue need other coincidences to be tried.
    let isChanged = hosts.count == 1 && chance.happens(0.3)
    let command = isChanged ? chance.pick(JobCharacter.allCases)?.rawValue : nil
    runCommand("retry") { _, store in
      _ = try store.retry(
        JobSelection(.named([id]), in: JobState.retryable),
        with: try command.map { try JobEdit(command: $0) }, dryRun: false, at: clock.now())
    }
    ring()
  }

  private func edit() {
    guard let job = chance.pick(rulebook.rows) else { return }
    runCommand("edit") { _, store in
      let time = clock.now().wall + chance.milliseconds(-1000...30_000)
      _ = try store.edit(
        JobSelection(.named([job.id.text]), in: JobState.editable),
        JobEdit(
          command: chance.happens(0.4) ? chance.pick(JobCharacter.allCases)?.rawValue : nil,
          priority: chance.happens(0.4) ? chance.number(-1...1) : nil,
          // An edit of an ended job is always refused, because it has no run time.
          runAt: chance.happens(0.4) || !job.state.isUnfinished ? time : nil),
        dryRun: false, at: clock.now())
    }
    ring()
  }

  private func exportAll() {
    runCommand("export") { _, store in
      exported = try store.exportPage(limit: 100, after: nil, at: clock.now()).jobs
    }
  }

  /// Imports the exported jobs that no longer exist, into the queue that they come from.
  private func importAll() {
    var rest = exported[...]
    runCommand("import") { _, store in
      try store.importJobs(at: clock.now()) {
        rest.popFirst()
      } each: { _ in
      }
    }
    ring()
  }

  private func remove() {
    let state = chance.pick([JobState.completed, .dead, .cancelled]) ?? .completed
    let age: Duration? = chance.happens(0.5) ? chance.milliseconds(0...60_000) : nil
    runCommand("remove") { _, store in
      _ = try store.remove(
        .all([state], age: age), limit: chance.number(1...3), after: nil, dryRun: false,
        at: clock.now())
    }
  }

  private func hold() {
    let queue = chance.pick([NewJob.defaultQueue, "mail"]) ?? NewJob.defaultQueue
    runCommand("hold") { _, store in
      if chance.happens(0.6) {
        let selection: QueueSelection = chance.happens(0.2) ? .everything : .named([queue])
        try store.setPaused(chance.happens(0.4), selection)
      } else {
        try store.setRunningLimit(chance.pick([nil, 1, 2]) ?? nil, of: queue)
      }
    }
    ring()
  }

  private func configure() {
    let choices = [
      ("max-retries", ["0", "1", "4"]), ("backoff-base", ["1", "1.5", "3"]),
      ("backoff-max", ["1s", "20s", "1h"]), ("kill-grace", ["0s", "1s", "20s"]),
      ("poll-interval", ["200ms", "3s"]), ("max-crashes", ["1", "2", "5"]),
      ("backoff-jitter", ["0", "0.5"]), ("durability", ["standard", "full"]),
      hosts.count > 1 ? ("host-lease", ["30s", "45s", "2m"]) : ("lease", ["2s", "12s", "1m"]),
    ]
    guard let (key, texts) = chance.pick(choices) else { return }
    let text = chance.happens(0.2) ? nil : chance.pick(texts)
    runCommand("config") { _, store in try store.set(try Setting.named(key), to: text) }
  }
}
