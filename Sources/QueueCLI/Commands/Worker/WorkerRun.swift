import ArgumentParser
import QueueCore
import QueueHost
import QueueSession
import QueueWorker

/// `queuectl worker run`: one worker, started by a supervisor only.
struct WorkerRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "One worker process.", shouldDisplay: false)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var options: WorkerOptions

  func run() throws {
    let descent = Descent(ProcessEnvironment.current.entries, at: SystemClock().now())
    guard let control = descent.control else {
      throw ValidationError(
        "\"worker run\" is started by \"queuectl worker start\" only: type that.")
    }
    let session = try database.openExisting()
    let process = try LocalHost.thisProcess()
    OwnChildren.adoptOrphans()
    // In this order: listening, then the sign of life, then known to all. Nobody can signal or miss
    // a worker that isn't ready for it.
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
    let worker = try Worker(
      Worker.Configuration(
        process: process, queues: options.queue, drains: options.drain, begun: descent.begun),
      store: session.store, runner: session.runner(lock), reclaimer: session.reclaimer(),
      at: session.clock.now(), isOnDuty: lookout.isOnDuty, sign: lock.sign
    ) { event in
      if event.makesWorkReady { session.bell.ring(.work) }
      if event.endsJob { session.bell.ring(.end) }
      if event == .displaced { control.send(.displaced) }
      switch event {
      case .waitingForRoom(_, let reason): lock.note(reason)
      case .started: lock.note(nil)
      default: break
      }
      log.tell(event)
    }
    log.name = { "\(worker.id)" }
    try withExtendedLifetime(lock) { try loop.run(worker) }
  }

  /// The kernel gives a user a limited number of them; a worker does without if need be.
  private func doorbell(at directory: QueueDirectory) -> Doorbell? {
    do throws(SystemError) {
      return try Doorbell(listeningTo: directory.doorbell)
    } catch {
      ErrorReport.note("\(error); looking for work at every poll-interval instead")
      return nil
    }
  }
}

extension WorkerEvent {
  /// Whether other workers may have something to do now. Of what was reclaimed they hear otherwise.
  fileprivate var makesWorkReady: Bool {
    switch self {
    // Of those who leave when nothing is left to run, the first tells the others.
    case .left, .freedOthers: true
    case .finished(_, _, let transition): transition.state == .pending
    case .ready, .started, .superseded, .registeredAnew, .cared, .unended, .stopping, .displaced,
      .waitingForRoom, .noticed, .trouble:
      false
    }
  }

  /// Whether nothing more of a job will be run.
  fileprivate var endsJob: Bool {
    switch self {
    case .finished(_, _, let transition): !transition.state.isUnfinished
    case .ready, .started, .superseded, .registeredAnew, .cared, .unended, .stopping, .displaced,
      .waitingForRoom, .noticed, .trouble, .freedOthers, .left:
      false
    }
  }
}
