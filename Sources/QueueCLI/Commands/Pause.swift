import ArgumentParser
import QueueCore
import QueueOperations
import QueueSession

struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Freeze running jobs; \"resume\" continues them.",
    usage: "queuectl pause [<options>] (<id> ... | --all | filters)",
    discussion: """
      All processes of a job stop where they are, and keep their memory. Its timeout
      is suspended; "cancel" and "worker stop --now" still end the job. To keep
      waiting jobs from starting instead, use "queuectl queue pause".

      EXAMPLES:
        $ queuectl enqueue --id job1 'sleep 1000' && queuectl worker start --detach
        $ queuectl pause job1
        $ queuectl pause --tag import-0412 --dry-run
        $ queuectl cancel job1 && queuectl worker stop
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var change: RunPause

  func run() throws { try change.run(true, in: database) }
}

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Continue paused jobs.",
    usage: "queuectl resume [<options>] (<id> ... | --all | filters)",
    discussion: """
      EXAMPLES:
        $ queuectl enqueue --id job1 'sleep 3' && queuectl worker start --detach
        $ queuectl pause job1
        $ queuectl resume job1
        $ queuectl worker stop
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var change: RunPause

  func run() throws { try change.run(false, in: database) }
}

/// Pauses or resumes running jobs, and waits until their workers have done so.
struct RunPause: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Running or paused jobs.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var ids: [String] = []

  @OptionGroup var choice: JobChoice

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop waiting after this long; exit status 1.", valueName: "duration"))
  var timeout: String?

  @Flag(help: "Don't wait until the workers have done it.")
  var noWait = false

  func run(_ isPaused: Bool, in database: DatabaseOption) throws {
    try choice.check(ids)
    let session = try database.openReading()
    let limit = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    let watch = try EndWatch(session)
    let start = session.clock.now()
    let word = isPaused ? "pause" : "resume"
    guard var left = try order(isPaused, in: session) else { return }
    let count = left.count
    if noWait {
      for job in left { try Output.standard.line("requested the \(word) of \(job.id)") }
      return
    }
    var others = 0
    let isOver = try watch.wait(until: limit.map { start.uptime + $0 }) { now in
      left = try left.filter { job in
        let current = try session.store.job(job.id.text, at: now)
        let isActive = current.state == .processing && current.latestRun?.id == job.latestRun?.id
        guard isActive || !isPaused else {
          ErrorReport.note("job \(quoted: job.id.text) wasn't paused: it is \(current.state) now")
          others += 1
          return false
        }
        let freeze = current.latestRun?.freeze
        guard isPaused ? freeze?.frozenSince != nil : freeze == nil || !isActive else {
          return true
        }
        if !ids.isEmpty { try Output.standard.line("\(word)d \(job.id)") }
        return false
      }
      return left.isEmpty
    }
    guard isOver else {
      let names = left.map { TerminalText.quoted($0.id.text) }.joined(separator: ", ")
      throw Failure("\(names): no answer from the worker after --timeout \(timeout ?? "")")
    }
    if ids.isEmpty { try Output.standard.line("\(word)d \(count - others, of: "job")") }
    if others > 0, !ids.isEmpty { throw ExitCode.failure }
  }

  /// Gives the orders if the user agrees, and returns the jobs as they were; nil if not. A filter
  /// passes over jobs that are as wanted, and over the job that this command runs in.
  private func order(_ isPaused: Bool, in session: Session) throws -> [Job]? {
    let word = isPaused ? "pause" : "resume"
    let selection = try choice.selection(ids, in: [.processing], of: session)
    let consent = choice.consent(ids)
    var seen: [JobID] = []
    let isGiven = try consent.isGiven(to: word, past: "\(word)d", what: "job") {
      seen = try plan(selection, isPaused, in: session)
      return (Array(seen.prefix(Consent.namedCount)), seen.count)
    }
    guard isGiven else { return nil }
    guard ids.isEmpty else { return try orderNamed(isPaused, in: session) }
    if !consent.asks { seen = try plan(selection, isPaused, in: session) }
    var found: [Job] = []
    for part in selection.frozen(to: seen).parts {
      found += try session.actions.setPaused(isPaused, runsOf: part, at: session.clock.now()).found
    }
    return found
  }

  private func plan(
    _ selection: JobSelection, _ isPaused: Bool, in session: Session
  ) throws -> [JobID] {
    let now = session.clock.now()
    guard case .matching(let query) = selection.jobs else {
      return try ids.map { try session.store.job($0, at: now).id }
    }
    let caller = try session.caller()?.job
    return try session.ids(matching: query.restricted(to: selection, at: now)) { job in
      job.id != caller && (job.latestRun?.freeze?.isWanted == true) != isPaused
    }.reversed()
  }

  /// Names the queue that may have been meant, by its name or by that of a waiting job.
  private func orderNamed(_ isPaused: Bool, in session: Session) throws -> [Job] {
    do throws(StoreError) {
      let selection = JobSelection(.named(ids), in: [.processing])
      return try selection.allOrNothing(isPaused ? "paused" : "resumed") {
        () throws(StoreError) in
        try session.actions.setPaused(isPaused, runsOf: selection, at: session.clock.now()).found
      }
    } catch {
      if isPaused, error.code == .wrongState, let queue = try queueOfWaitingJob(in: session) {
        let advice = ShellWords.command(["queuectl", "queue", "pause", queue])
        throw Failure("\(error.message); to hold back waiting jobs: \"\(advice)\"")
      }
      guard error.code == .notFound, !session.isMissing else { throw error }
      let queues = try session.store.queueControls().queues.map(\.name)
      guard let queue = ids.first(where: queues.contains),
        error.message.contains(TerminalText.quoted(queue))
      else { throw error }
      let advice = ShellWords.command(
        ["queuectl", "queue", isPaused ? "pause" : "resume", queue])
      throw Failure("\(error.message); for the queue: \"\(advice)\"")
    }
  }

  private func queueOfWaitingJob(in session: Session) throws(StoreError) -> String? {
    for id in ids {
      let job = try session.store.job(id, at: session.clock.now())
      if job.state.isUnfinished, job.state != .processing { return job.spec.queue }
    }
    return nil
  }
}
