import ArgumentParser
import QueueCore
import QueueWorker

/// `queuectl explain`: why a job isn't running.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why a job isn't running, and what to type about it.",
    discussion: """
      EXAMPLES:
        $ queuectl enqueue --id job1 true && queuectl explain job1
        $ queuectl enqueue --id job2 --delay 1h true && queuectl explain job2
        $ queuectl enqueue --id job3 true && queuectl explain job3 --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Argument(help: Words.job, completion: Completing.jobs)
  var id: String

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    let job = try session.store.job(id, at: now)
    let reasons = try session.explanation(of: job, at: now).reasons
    guard !display.json else {
      return try display.printJSON { json in
        json.object { json in
          json.field("id", job.id.text)
          json.field("state", job.state.rawValue)
          json.key("reasons")
          json.array { json in reasons.forEach { write($0, of: job, to: &json) } }
        }
      }
    }
    try Output.standard.line(
      display.terminal.colored("\(job.id) is \(job.state.rawValue)", as: job.state))
    for reason in reasons {
      try Output.standard.line("  " + SafeText.inert(reason.text(for: job)))
      if let advice = reason.advice(for: job) { try Output.standard.line("    $ " + advice) }
    }
  }

  private func write(_ reason: Explanation.Reason, of job: Job, to writer: inout JSONWriter) {
    writer.object { json in
      json.field("reason", reason.word)
      json.field("text", reason.text(for: job))
      json.field("try", reason.advice(for: job))
    }
  }
}

extension Session {
  /// Says to whoever waits for a job what keeps it from running until somebody does something about that, if anything does.
  func noteHindrance(to job: Job, at now: Moment) throws {
    let explanation = try explanation(of: job, at: now)
    guard let reason = explanation.reasons.first(where: \.lasts) else { return }
    let advice = reason.advice(for: job).map { ": \"\($0)\"" } ?? ""
    ErrorReport.note("job \(SafeText.quoted(job.id.text)) waits: \(reason.text(for: job))\(advice)")
  }

  /// Why a job isn't running, from what is known just now.
  func explanation(of job: Job, at now: Moment) throws -> Explanation {
    let workers = try WorkerView.all(in: self, at: now)
    let holder = workers.first { $0.record.current?.job == job.id }
    var facts = JobFacts(
      job: job, controls: try store.queueControls(),
      runningInQueue: try store.summary().count(.processing, queue: job.queue),
      workers: workers.map { ($0.record, $0.condition) },
      jobsAhead: try store.jobsAhead(of: job.id.text, atMost: Explanation.mostCounted))
    facts.restart = directory.supervisors().compactMap {
      $0.restart(serving: job.queue, at: now)
    }.min()
    facts.troubles = Dictionary(
      workers.compactMap { worker in worker.trouble.map { (worker.record.id, $0) } },
      uniquingKeysWith: { first, _ in first })
    facts.leftovers = holder?.leftovers(in: self) ?? .none
    return Explanation(facts, at: now)
  }
}
