import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Cancel waiting and running jobs.",
    usage: "queuectl cancel [<options>] (<id> ... | --all | filters)",
    discussion: """
      All processes of a running job get TERM, and KILL after kill-grace. The command
      returns when they have ended. "queuectl retry" requeues a cancelled job.

      EXAMPLES:
        $ queuectl cancel --tag import-0412 --state pending --dry-run
        $ queuectl enqueue --id job1 'sleep 1000' && queuectl cancel job1
        $ queuectl enqueue --id job2 'sleep 1000' && queuectl cancel --no-wait job2
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to cancel.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var ids: [String] = []

  @OptionGroup var states: StateFilter
  @OptionGroup var choice: JobChoice

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop waiting after this long; exit status 1.", valueName: "duration"))
  var timeout: String?

  @Flag(help: "Don't wait for running jobs to end.")
  var noWait = false

  func run() throws {
    try choice.check(ids, states)
    let limit = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    let chosen = try states.states(among: JobState.unfinished) { "\($0) jobs have already ended." }
    let session = try database.openReading()
    let watch = try EndWatch(session)
    let start = session.clock.now()
    let selection = try choice.selection(
      ids, in: ids.isEmpty ? chosen : JobState.allCases, of: session)
    let found = try JobCancellation(session: session, selection: selection)
      .run(with: choice.consent(ids))
    guard let found else { return }
    var outcome = Outcome()
    for job in found where job.state != .processing {
      try note(job.state.isUnfinished ? .cancelled : job.state, of: job, session, &outcome)
    }
    var running = found.filter { $0.state == .processing }
    if noWait {
      for job in running { try Output.standard.line("requested cancellation of \(job.id)") }
    } else if !running.isEmpty {
      let isOver = try watch.wait(until: limit.map { start.uptime + $0 }) { now in
        running = try running.filter { job in
          let current = try session.store.job(job.id.text, at: now)
          let run = current.latestRun?.id
          if current.state == .processing, run == job.latestRun?.id { return true }
          try note(current.state, of: job, session, &outcome)
          return false
        }
        return running.isEmpty
      }
      guard isOver else { throw Failure(stillRunning(running)) }
    }
    if ids.isEmpty { try Output.standard.line("cancelled \(outcome.cancelled, of: "job")") }
    if outcome.isRefused { throw ExitCode.failure }
  }

  private struct Outcome {
    var cancelled = 0
    /// Whether a named job had ended.
    var isRefused = false
  }

  /// Counts an outcome, and prints it for a named job.
  private func note(
    _ state: JobState, of job: Job, _ session: Session, _ outcome: inout Outcome
  ) throws {
    guard ids.isEmpty else {
      outcome.isRefused = try !report(state, of: job, in: session) || outcome.isRefused
      return
    }
    if state != .completed, state != .dead { outcome.cancelled += 1 }
  }

  /// Prints the outcome for one job and returns whether it was cancelled.
  /// - Parameter state: its new state; unfinished if it was cancelled and requeued since.
  private func report(_ state: JobState, of job: Job, in session: Session) throws -> Bool {
    switch state {
    case .completed:
      ErrorReport.note("job \(quoted: job.id.text) has already completed")
      return false
    case .dead:
      ErrorReport.note("job \(quoted: job.id.text) is already dead")
      return false
    case .cancelled where job.state == .cancelled:
      ErrorReport.note("job \(quoted: job.id.text) is already cancelled")
      return true
    case .cancelled, .pending, .failed, .processing:
      try Output.standard.line("cancelled \(job.id)")
      try noteDependants(of: job, in: session)
      return true
    }
  }

  /// Names dependants that need this job's success; those that accept any end can run.
  private func noteDependants(of job: Job, in session: Session) throws {
    let most = 3
    let waiting = try session.store.dependants(of: job.id.text, atMost: most + 1).map(\.text)
    guard let first = waiting.first else { return }
    let names = waiting.prefix(most).map { TerminalText.quoted($0) }.joined(separator: ", ")
    let more = waiting.count > most ? " and more" : ""
    ErrorReport.note(
      waiting.count == 1
        ? "job \(quoted: first) waits for the success of \(quoted: job.id.text); "
          + "to run that again: "
          + "\"\(ShellWords.command(["queuectl", "retry", job.id.text]))\""
        : "jobs \(names)\(more) wait for the success of \(quoted: job.id.text); to run that again: "
          + "\"\(ShellWords.command(["queuectl", "retry", job.id.text]))\"")
  }

  private func stillRunning(_ jobs: [Job]) -> String {
    let names = jobs.map { TerminalText.quoted($0.id.text) }.joined(separator: ", ")
    return
      "\(names) still running after --timeout \(timeout ?? ""): TERM was sent, KILL follows after "
      + "kill-grace"
  }
}
