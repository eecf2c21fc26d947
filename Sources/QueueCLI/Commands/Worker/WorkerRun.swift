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
      if event.makesWorkReady { session.bell.ring(.work) }
      if event.wakesCommands { session.bell.ring(.end) }
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

extension WorkerEvent {
  /// Whether other workers may have work now. The reclaimer notifies about reclaimed jobs.
  fileprivate var makesWorkReady: Bool {
    switch self {
    // With `--drain`, the first worker to exit wakes the rest.
    case .left, .freedOthers: true
    case .finished(_, _, let transition): transition.state == .pending
    case .ready, .started, .paused, .superseded, .registeredAnew, .cared, .unended, .stopping,
      .displaced, .cutOff, .waitingForRoom, .noticed, .scheduled, .zoneUnreadable, .scheduleDamaged,
      .rescheduled,
      .trouble:
      false
    }
  }

  /// Whether a command may wait for it: the job has ended for good, or was paused or resumed.
  fileprivate var wakesCommands: Bool {
    switch self {
    case .paused: true
    case .finished(_, _, let transition): !transition.state.isUnfinished
    case .ready, .started, .superseded, .registeredAnew, .cared, .unended, .stopping, .displaced,
      .cutOff, .waitingForRoom, .noticed, .scheduled, .zoneUnreadable, .scheduleDamaged,
      .rescheduled,
      .trouble, .freedOthers, .left:
      false
    }
  }
}
