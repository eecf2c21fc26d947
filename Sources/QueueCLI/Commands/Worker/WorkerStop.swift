import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession
import QueueWorker

struct WorkerStop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Stop workers: each finishes its job, then exits.",
    usage: "queuectl worker stop [<options>] [<id> ...]",
    discussion: """
      Waits until the workers and their supervisors have exited. A dead worker is
      removed from the list, and its job requeued. If the queue's file is damaged or
      the disk is full, the supervisors of this machine are stopped by signals.

      EXAMPLES:
        $ queuectl worker stop
        $ queuectl worker stop --timeout 30s
        $ queuectl worker stop --now
      """
  ).below("queuectl worker")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The workers to stop, such as w1; all by default.", valueName: "id"),
    completion: ShellCompletions.workers)
  var workers: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop waiting after this long; exit status 1.", valueName: "duration"))
  var timeout: String?

  @Flag(help: "End the jobs now and requeue them; no retry is spent.")
  var now = false

  @Flag(help: "Don't wait for the workers to exit.")
  var noWait = false

  func run() throws {
    let ids = try workers.map { text in
      guard let id = WorkerID(text) else {
        throw ValidationError("\(quoted: text) isn't a worker id such as w1.")
      }
      return id
    }
    let limit = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    do {
      try stop(ids, within: limit)
    } catch let error as StoreError {
      guard ids.isEmpty, let queue = UnusableQueue(error, at: try database.location()) else {
        throw error
      }
      try stop(queue, because: error, within: limit)
    }
  }

  /// Stops by signals those who can't read an order.
  private func stop(
    _ queue: UnusableQueue, because error: StoreError, within limit: Duration?
  ) throws {
    let supervisors = try queue.supervisors()
    guard !supervisors.isEmpty else { throw error }
    ErrorReport.note(error.message)
    ErrorReport.note("stopping by signals: \(Self.names([], supervisors.map(\.process)))")
    let left = try queue.stop(
      order, waits: !noWait, until: limit.map { SystemClock().now().uptime + $0 })
    guard left.isEmpty else {
      throw Failure(
        "\(Self.names([], left.map(\.process))) still running after --timeout \(timeout ?? "")")
    }
    let what = "\(supervisors.count, of: "supervisor")"
    try Output.standard.line(noWait ? "requested the stop of \(what)" : "\(what) stopped")
  }

  private func stop(_ ids: [WorkerID], within limit: Duration?) throws {
    let session = try database.openReading()
    let start = session.clock.now()
    let lost = try session.reclaimer().reclaimLost(
      judgingSilence: false, settings: try session.store.settings(), at: start)
    for result in lost { ErrorReport.note(result.text) }
    var (asked, supervisors, trouble) = try ask(ids, in: session)
    guard !asked.isEmpty || !supervisors.isEmpty else {
      if let trouble { throw Self.unknown(trouble) }
      return ErrorReport.note("no workers are running")
    }
    let caller = try session.caller()
    session.bell.ring(.orders(asked.map(\.process) + supervisors.map(\.process)))
    // That worker finishes this command's own job first: waiting for it would be a deadlock.
    if !noWait, let caller, asked.contains(where: { $0.id == caller.worker }) {
      asked.removeAll { $0.id == caller.worker }
      supervisors = []
      ErrorReport.note(
        "not waiting for \(caller.worker): it stops when \(quoted: caller.job.text), the job that "
          + "runs this command, has ended")
      if asked.isEmpty { return }
    }
    let what =
      asked.isEmpty
      ? "\(supervisors.count, of: "supervisor") without workers" : "\(asked.count, of: "worker")"
    if noWait {
      try Output.standard.line("requested the stop of \(what)")
      if let trouble { throw Self.unknown(trouble) }
      return
    }
    try wait(for: asked, supervisors, in: session, until: limit.map { start.uptime + $0 })
    try Output.standard.line("\(what) stopped")
    if let trouble { throw Self.unknown(trouble) }
    let untold = ids.isEmpty ? try session.store.dueHookCount() : 0
    if untold > 0 { ErrorReport.note(StatusView.untold(untold) + ": the next workers run it") }
  }

  private var order: StopOrder { now ? .endJob : .finishJob }

  /// The stored order reaches unlisted supervisors too, unless they are stuck.
  private static func unknown(_ trouble: String) -> Failure {
    Failure("the stop was requested, but it is \(trouble)")
  }

  /// Requests the stop. Returns the workers, the supervisors to wait for as well if all workers
  /// stop, and why supervisors can't be listed.
  private func ask(
    _ ids: [WorkerID], in session: Session
  ) throws -> ([WorkerRecord], [SupervisorRecord], trouble: String?) {
    guard ids.isEmpty else { return (try session.store.requestStop(order, of: ids), [], nil) }
    guard !session.isMissing else { return ([], [], nil) }
    let now = session.clock.now()
    // List before the order too: a supervisor about to restart a worker exits on reading it.
    let before = KnownSupervisors(in: session).list
    let asked = try session.store.stopAll(order, at: now)
    let known = KnownSupervisors(in: session)
    let seen = Set(before.map(\.process))
    // Supervisors not listed yet read the order when they start.
    let supervisors = (before + known.list.filter { !seen.contains($0.process) }).filter {
      !BootID.areKnownToDiffer($0.process.boot, now.boot) && $0.begun < now.uptime
    }
    return (asked, supervisors, known.trouble)
  }

  private func wait(
    for asked: [WorkerRecord], _ supervisors: [SupervisorRecord], in session: Session,
    until deadline: Duration?
  ) throws {
    let lease = try session.store.settings().lease
    var caretaker = Caretaker(session.reclaimer(), at: session.clock.now().uptime)
    var asked = asked
    var shown: [WorkerRecord.Assignment] = []
    var looksWithoutWorkers = 0
    while true {
      let known = try session.store.workers()
      try askAnew(known, of: &asked, in: session)
      let left = asked.filter { worker in
        known.contains { $0.id == worker.id } || LocalHost.isRunning(worker.process) == .yes
      }
      let leftSupervisors = Self.left(of: supervisors.map(\.process), in: session)
      if left.isEmpty, leftSupervisors.isEmpty { return }
      if left.isEmpty { looksWithoutWorkers += 1 }
      // Supervisors normally exit at once.
      if looksWithoutWorkers == 3 {
        ErrorReport.note(
          "waiting for \(Self.names(left, leftSupervisors)); its workers have exited")
      }
      let now = session.clock.now()
      for worker in known where left.contains(where: { $0.id == worker.id }) {
        guard let current = worker.current, !shown.contains(current) else { continue }
        shown.append(current)
        ErrorReport.note(
          "waiting for \(worker.id) to \(self.now ? "end" : "finish") \(current.job) "
            + "(\((now.wall - current.since).brief) so far)")
        if !self.now, current.freeze?.frozenSince != nil {
          let advice = ShellWords.command(["queuectl", "resume", current.job.text])
          ErrorReport.note("\(current.job) is paused: \"\(advice)\", or stop with --now")
        }
      }
      if let deadline, now.uptime >= deadline {
        throw Failure(
          "\(Self.names(left, leftSupervisors)) still running after --timeout \(timeout ?? ""): "
            + (try remedy(in: session)))
      }
      let pause = min(lease / 6, .seconds(1))
      WorkerSignal.waitForEnd(
        of: left.map(\.process) + leftSupervisors,
        atMost: deadline.map { min($0 - now.uptime, pause) } ?? pause)
      // A worker may die instead of exiting.
      let settings = try session.store.settings()
      do throws(StoreError) {
        _ = try caretaker.care(settings: settings, at: session.clock.now()) { _ in true }
      } catch {
        // The next iteration retries.
        guard error.code == .busy else { throw error }
      }
    }
  }

  /// All of them, if supervisors can't be listed.
  private static func left(
    of supervisors: [ProcessIdentity], in session: Session
  ) -> [ProcessIdentity] {
    let known = KnownSupervisors(in: session)
    guard known.trouble == nil else { return supervisors }
    return supervisors.filter(Set(known.list.map(\.process)).contains)
  }

  private static func names(_ workers: [WorkerRecord], _ supervisors: [ProcessIdentity]) -> String {
    guard workers.isEmpty else { return "\(workers.count, of: "worker")" }
    return "supervisor \(supervisors.map { "\($0.pid)" }.joined(separator: ", "))"
  }

  private func remedy(in session: Session) throws -> String {
    guard now else { return "workers exit when their jobs end; --now ends the jobs" }
    let grace = try session.store.settings().killGrace
    return "jobs that don't end at TERM are killed \(grace.text) (kill-grace) after it"
  }

  /// Repeats the order for workers that were evicted and registered under a new id.
  private func askAnew(
    _ known: [WorkerRecord], of asked: inout [WorkerRecord], in session: Session
  ) throws {
    for index in asked.indices {
      let renamed = known.first { $0.process == asked[index].process && $0.id != asked[index].id }
      guard let renamed, !known.contains(where: { $0.id == asked[index].id }) else { continue }
      do throws(StoreError) {
        try session.actions.requestStop(order, of: [renamed.id])
        asked[index] = renamed
      } catch {
        // It has exited since.
        guard error.code == .notFound else { throw error }
      }
    }
  }
}
