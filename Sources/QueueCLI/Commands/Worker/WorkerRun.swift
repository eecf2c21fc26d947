import ArgumentParser
import QueueCore
import QueueHost
import QueueSession
import QueueWorker

/// One worker, started only by a supervisor.
struct WorkerRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "One worker process.", shouldDisplay: false
  ).below("queuectl worker")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var options: WorkerOptions

  func run() throws {
    let descent = Descent(ProcessEnvironment.current.entries, at: SystemClock().now())
    guard let control = descent.control else {
      throw ValidationError(
        "\"worker run\" is internal: use \"queuectl worker start\".")
    }
    let session = try database.openExisting()
    let process = try LocalHost.thisProcess(locks: session.directory.locksID)
    OwnChildren.adoptOrphans()
    // Listen, lock, then register: a registered worker must accept signals and hold its lock.
    let log = EventLog(
      clock: session.clock, file: WorkerLogFile(session.directory.workerLog))
    let loop = try WorkerLoop(
      doorbell: doorbell(at: session.directory), control: control,
      clock: session.clock,
      housekeeper: Housekeeper(store: session.store, directory: session.directory) { error in
        log.tell(WorkerEvent.trouble(error))
      })
    let lock = try WorkerLock(for: process, in: session.directory)
    let lookout = Lookout(in: session.directory)
    let runner = session.runner(lock)
    runner.sweepCgroups(at: session.clock.now().wall)
    let worker = try Worker(
      Worker.Configuration(
        process: process, queues: options.queue, drains: options.drain, begun: descent.begun,
        version: Queuectl.build, isOnServer: session.location.path == nil),
      store: session.store, runner: runner, reclaimer: session.reclaimer(),
      zone: ZoneCache(session.zones).zone, at: session.clock.now(), isOnDuty: lookout.isOnDuty,
      sign: lock.sign
    ) { event in
      if let tone = event.tone { session.bell.ring(tone) }
      if event == .displaced { control.send(.displaced) }
      switch event {
      case .waitingForRoom(_, let reason): lock.note(reason)
      case .started: lock.note(nil)
      case .scheduled(let advance): session.tellOfReplaced(advance)
      default: break
      }
      log.tell(event)
    }
    log.name = { "\(worker.id)" }
    try withExtendedLifetime(lock) { try loop.run(worker) }
  }

  /// inotify instances are limited per user; without one, the worker polls.
  private func doorbell(at directory: QueueDirectory) -> Doorbell? {
    do throws(SystemError) {
      return try Doorbell(listeningTo: directory.doorbell)
    } catch {
      ErrorReport.note("\(error); polling every poll-interval instead")
      return nil
    }
  }
}
