import ArgumentParser
import QueueCore
import QueueOperations
import QueueSession

struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Freeze running jobs; \"resume\" continues them.",
    discussion: """
      All processes of a job stop where they are, and keep their memory. Its timeout
      stands still; "cancel" and "worker stop --now" end it as usual. To keep waiting
      jobs from starting instead, use "queuectl queue pause".

      EXAMPLES:
        $ queuectl enqueue --id job1 'sleep 1000' && queuectl worker start --detach
        $ queuectl pause job1
        $ queuectl cancel job1 && queuectl worker stop
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var change: RunPause

  func run() throws { try change.run(true, in: try database.openReading()) }
}

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Continue paused jobs.",
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

  func run() throws { try change.run(false, in: try database.openReading()) }
}

/// Pauses or resumes running jobs, and waits until their workers have done so.
struct RunPause: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Running or paused jobs.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var ids: [String]

  @Option(help: ArgumentHelp("Stop waiting after this long; exit status 1.", valueName: "duration"))
  var timeout: String?

  @Flag(help: "Don't wait for the workers.")
  var noWait = false

  func run(_ isPaused: Bool, in session: Session) throws {
    let limit = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    let watch = try EndWatch(session)
    let start = session.clock.now()
    let word = isPaused ? "pause" : "resume"
    var left = try order(isPaused, in: session, at: start)
    if noWait {
      for job in left { try Output.standard.line("requested the \(word) of \(job.id)") }
      return
    }
    var hasEnded = false
    let isOver = try watch.wait(until: limit.map { start.uptime + $0 }) { now in
      left = try left.filter { job in
        let current = try session.store.job(job.id.text, at: now)
        let isActive = current.state == .processing && current.latestRun?.id == job.latestRun?.id
        guard isActive || !isPaused else {
          ErrorReport.note("job \(quoted: job.id.text) is \(current.state) meanwhile")
          hasEnded = true
          return false
        }
        let freeze = current.latestRun?.freeze
        guard isPaused ? freeze?.frozenSince != nil : freeze == nil || !isActive else {
          return true
        }
        try Output.standard.line("\(word)d \(job.id)")
        return false
      }
      return left.isEmpty
    }
    guard isOver else {
      let names = left.map { TerminalText.quoted($0.id.text) }.joined(separator: ", ")
      throw Failure("\(names): no answer from the worker after --timeout \(timeout ?? "")")
    }
    if hasEnded { throw ExitCode.failure }
  }

  /// Names the queue that may have been meant.
  private func order(_ isPaused: Bool, in session: Session, at now: Moment) throws -> [Job] {
    do throws(StoreError) {
      return try session.actions.setPaused(
        isPaused, runsOf: JobSelection(.named(ids), in: [.processing]), at: now
      ).found
    } catch {
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
}
