import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession
import QueueWorker

struct WorkerStart: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Start workers, in the foreground unless --detach is given.",
    usage: "queuectl worker start [<options>]",
    discussion: """
      Each worker is a process that runs one job at a time. The first ^C, INT or TERM
      lets workers finish their jobs; the second ends the jobs and requeues them.
      "queuectl worker stop" does the same from any other terminal.

      With --drain, the last line counts the jobs, if any, that are dead, that the
      workers can't run because of --memory, --cpus or --nice, or that are stuck
      because a job they wait for didn't succeed.

      EXAMPLES:
        $ queuectl worker start --drain
        $ queuectl worker start --count 3 --detach
        $ queuectl worker stop
      """
  ).below("queuectl worker")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var options: WorkerOptions

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "How many workers, 1 to \(WorkerStart.counts.upperBound).")
  var count = 1

  @Flag(
    name: .shortAndLong, help: "Return once the workers are ready; they run in the background.")
  var detach = false

  @Flag(help: "With --drain: exit with 3 if a job of these queues is dead or couldn't run.")
  var failIfDead = false

  @Flag(help: ArgumentHelp(WorkerStart.trustOthersHelp))
  var trustOthers = false

  static let counts = 1...256
  static let trustOthersHelp =
    "Start even if other users can write to the queue and so choose the commands."

  static func check(_ count: Int) throws {
    guard counts.contains(count) else {
      throw ValidationError("--count must be from 1 to \(counts.upperBound), not \(count).")
    }
  }

  /// Refuses a queue that other users could use to run commands as `user`.
  static func check(_ directory: QueueDirectory, for user: UInt32 = geteuid()) throws(Failure) {
    guard let door = directory.openDoor(for: user) else { return }
    throw Failure("\(door.detail): \(door.advice); or pass --trust-others")
  }

  func validate() throws {
    try Self.check(count)
    for queue in options.queue { try OptionParsing.check(queue: queue, prefix: "--") }
    guard failIfDead else { return }
    if !options.drain { throw ValidationError("--fail-if-dead needs --drain.") }
    if detach { throw ValidationError("--fail-if-dead can't be combined with --detach.") }
  }

  func run() throws {
    // Read first, so that a `worker stop` from here on applies to these workers.
    let descent = Descent(ProcessEnvironment.current.entries, at: SystemClock().now())
    let session = try database.openCreating()
    try session.directory.create()
    if !trustOthers { try Self.check(session.directory) }
    let place = try session.location.argument()
    WorkerLock.clearAway(
      in: session.directory, but: try session.store.workers().map(\.process))
    if descent.control == nil {
      let controls = try session.store.queueControls().serving(options.queue)
      for note in try session.unknown(options.queue) + controls.notes { ErrorReport.note(note) }
    }
    if detach { return try startInBackground(session.directory, place, descent) }
    let ending = try Supervision(session, place, count: count, options: options, descent).run()
    guard options.drain, ending == .left else { return }
    let leftover = try DrainReport(of: session, queues: options.queue)
    guard let text = leftover.text else { return }
    EventLog(
      clock: session.clock, file: WorkerLogFile(session.directory.workerLog)
    ).line(text)
    if failIfDead { throw ExitCode(3) }
  }

  private func startInBackground(
    _ directory: QueueDirectory, _ place: String, _ descent: Descent
  ) throws {
    let arguments =
      ["queuectl", "worker", "start", "--count", "\(count)"]
      + ["--db", place] + (trustOthers ? ["--trust-others"] : []) + options.arguments
    let background = try BackgroundProcess.start(
      arguments: arguments, environment: descent.passedOn(ProcessEnvironment.current.entries),
      log: directory.workerLog)
    switch background.answer {
    case .ready: break
    case .stopped: throw Failure("the workers were stopped before they were ready")
    case .displaced, .finishJob, .endJob, .peerGone:
      throw Failure("the workers didn't start: see \(directory.workerLog)")
    }
    try Output.standard.line(
      "\(count, of: "worker") started in the background (pid \(background.pid)), logging to "
        + "\(TerminalText.sanitized(directory.workerLog))")
  }
}

struct Supervision {
  private let session: Session
  private let supervisor: Supervisor
  /// The channel to a waiting `worker start --detach`; nil in the foreground.
  private let control: ControlChannel?

  /// - Parameter place: names the queue to the workers' processes.
  init(
    _ session: Session, _ place: String, count: Int, options: WorkerOptions, _ descent: Descent
  ) throws {
    self.session = session
    control = descent.control
    let log = EventLog(
      clock: session.clock, file: WorkerLogFile(session.directory.workerLog))
    supervisor = try Supervisor(
      Supervisor.Configuration(
        count: count,
        arguments: ["queuectl", "worker", "run", "--db", place]
          + options.arguments,
        environment: descent.passedOn(ProcessEnvironment.current.entries),
        ignoresHangUp: control != nil, begun: descent.begun),
      store: session.store, reclaimer: session.reclaimer(), runner: session.runner(),
      clock: session.clock,
      relay: try session.relay { [log] text in log.line(text) },
      lock: { [clock = session.clock, directory = session.directory] () throws(SystemError) in
        try SupervisorLock(
          SupervisorRecord(
            process: try LocalHost.thisProcess(locks: directory.locksID), begun: descent.begun,
            startedAt: clock.now().wall,
            count: count, queues: options.queue, drains: options.drain),
          in: directory)
      },
      obsolescence: { [store = session.store] in
        // On a server, this also shows whether another queue is in its place.
        let isOutdated = (try? store.isOutdated()) == true
        if store.hasMoved() { return .displaced }
        return isOutdated ? .outdated : nil
      }
    ) { [control] event in
      log.tell(event)
      // `worker start --detach` returns on this message; other events are only logged.
      if case .ready = event { control?.send(.ready) }
    }
  }

  func run() throws -> Supervisor.Ending {
    let ending = try supervisor.run()
    switch ending {
    case .stopped: control?.send(.stopped)
    case .left: break
    case .neverReady: throw Failure("no worker could start; see the errors above")
    // Failures, so that systemd restarts the service with the new version or file.
    case .obsolete(.outdated):
      throw Failure("a newer queuectl has migrated the queue: start workers with that version")
    case .obsolete(.displaced):
      throw Failure(
        "\(session.location.shown) was moved, removed or replaced: start new workers for the "
          + "current one")
    }
    return ending
  }
}
