import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Print why a job isn't running, and the command that fixes it.",
    discussion: """
      For the name of a schedule: why it enqueues nothing, or why its jobs don't
      complete.

      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl explain job1
        $ queuectl enqueue --id job2 --delay 1h true && queuectl explain job2
        $ queuectl enqueue --id job3 true && queuectl explain job3 --json
        $ queuectl schedule add sync --every 15m true && queuectl explain sync
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Argument(
    help: "The job's id, or an unambiguous prefix of a generated id; or a schedule's name.",
    completion: ShellCompletions.jobsAndSchedules)
  var id: String

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    guard let job = try session.job(orSchedule: id, at: now) else {
      return try ScheduleAccount(of: id, in: session, at: now).show(display)
    }
    let account = try JobExplanation(
      session.allFacts(about: job, at: now), in: session.store, at: now
    ) { queue in
      session.restart(serving: queue, at: now)
    }
    guard !display.json else { return try display.printJSON { account.write(to: &$0) } }
    try Output.standard.line(
      display.terminal.colored("\(job.id) is \(job.state.rawValue)", as: job.state))
    if let origin = job.origin {
      let text = "enqueued by the schedule \(JobFields.text(of: origin, at: now))"
      try Output.standard.line("  " + TerminalText.sanitized(text))
    }
    for reason in account.reasons {
      try Output.standard.line("  " + TerminalText.sanitized(reason.text(for: job)))
      if let advice = reason.advice(for: job) { try Output.standard.line("    $ " + advice) }
    }
    guard let further = account.further else { return }
    let text = "\(further.job.id) can't run: \(further.reason.text(for: further.job))"
    try Output.standard.line("  " + TerminalText.sanitized(text))
    if let advice = further.reason.advice(for: further.job) {
      try Output.standard.line("    $ " + advice)
    }
  }
}

extension Session {
  /// Returns the job; nil if only a schedule has that name.
  /// - Throws: `notFound` if neither exists, or if several jobs match.
  fileprivate func job(orSchedule name: String, at now: Moment) throws(StoreError) -> Job? {
    do throws(StoreError) {
      return try store.job(name, at: now)
    } catch {
      guard error.code == .notFound, !isMissing else { throw error }
      guard let unknown = try unknownSchedule(name) else { return nil }
      // Either may end with a hint.
      let message = unknown.hasSuffix("?") ? unknown : error.message
      guard error.message.hasPrefix("no job "), let rest = message.firstRange(of: " is called ")
      else { throw error }
      throw StoreError(.notFound, "no job or schedule\(message[rest.lowerBound...])")
    }
  }

  func explanation(of job: Job, at now: Moment) throws -> Explanation {
    Explanation(try allFacts(about: job, at: now), at: now)
  }

  func allFacts(about job: Job, at now: Moment) throws -> JobFacts {
    var facts = try facts(about: job, at: now)
    facts.jobsAhead = try store.jobsAhead(of: job.id.text, atMost: Explanation.mostCounted)
    facts.waitingQueues = try store.summary().waitingQueues
    facts.keyHolder = try store.keyHolder(of: job)
    return facts
  }

  /// Collects the facts about a job, except `jobsAhead`, `waitingQueues` and `keyHolder`.
  func facts(about job: Job, at now: Moment) throws -> JobFacts {
    let workers = try WorkerView.all(in: self, at: now)
    let holder = workers.first { $0.record.current?.job == job.id }
    var facts = JobFacts(
      job: job, controls: try store.queueControls(),
      runningInQueue: try store.summary().count(.processing, queue: job.queue),
      workers: workers.map { ($0.record, $0.condition) }, jobsAhead: 0, caller: try caller())
    facts.cancelled = try store.endingJobs()
    let supervisors = KnownSupervisors(in: self)
    facts.restart = supervisors.restart(serving: job.queue, at: now)
    facts.supervisorTrouble = supervisors.trouble
    facts.troubles = Dictionary(
      workers.compactMap { worker in worker.trouble.map { (worker.record.id, $0) } },
      uniquingKeysWith: { first, _ in first })
    facts.leftovers = holder?.leftovers(in: self) ?? .none
    return facts
  }

  /// Time until a supervisor restarts a worker for `queue`; nil if none will.
  func restart(serving queue: String, at now: Moment) -> Duration? {
    KnownSupervisors(in: self).restart(serving: queue, at: now)
  }
}
