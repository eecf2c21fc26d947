import ArgumentParser
import QueueCore
import QueueWorker

/// `queuectl show`: all that is known of one job.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show one job: its fields, and every run of it with its end.",
    discussion: """
      The values of its variables are hidden, as they may be secrets, unless
      --show-env is given; JSON has null for each.

      EXAMPLES:
        $ queuectl enqueue --id job1 'echo hello' && queuectl show job1
        $ queuectl enqueue --id job2 --env TOKEN=x true && queuectl show job2 --show-env
        $ queuectl enqueue --id job3 true && queuectl show job3 --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var view: JobView

  @Argument(help: Words.job, completion: Completing.jobs)
  var id: String

  func run() throws {
    let session = try database.openReading()
    try view.show(try session.store.job(id, at: session.clock.now()), in: session)
  }
}

/// One job with its history, as text or as JSON.
struct JobView: ParsableArguments {
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  func show(_ job: Job, in session: Session) throws {
    let runs = try session.store.runs(of: job.id.text)
    let history = History(runs, in: session.directory)
    if display.json {
      return try display.printJSON { json in
        job.write(to: &json, showsVariables: environment.isShown) { json in
          json.key("runs")
          history.write(to: &json)
        }
      }
    }
    let now = session.clock.now()
    let reasons = try session.explanation(of: job, at: now).reasons
    let sheet = JobSheet(job, reasons, showsVariables: environment.isShown, at: now)
    for line in sheet.lines(for: display.terminal) {
      try Output.standard.line(line)
    }
    guard !runs.isEmpty else { return }
    try Output.standard.line("")
    try display.print(history.table(at: now))
  }
}
