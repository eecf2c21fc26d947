import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one job: its fields and all its runs.",
    usage: "queuectl show [<options>] <id>",
    discussion: """
      The values of its variables may be secrets. Without --show-env, text shows ***
      for each, and JSON null.

      EXAMPLES:
        $ queuectl enqueue --id job1 'echo hello' && queuectl show job1
        $ queuectl enqueue --id job2 --env A=x true && queuectl show job2 --show-env
        $ queuectl enqueue --id job3 true && queuectl show job3 --json
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var view: JobView

  @Argument(help: OptionParsing.job, completion: ShellCompletions.jobs)
  var id: String

  func run() throws {
    let session = try database.openReading()
    try view.show(try session.store.job(id, at: session.clock.now()), in: session)
  }
}

struct JobView: ParsableArguments {
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Option(
    name: .customLong("runs"), parsing: .unconditional,
    help: "Show at most this many runs, newest first; 0 for all. Default: 100, in JSON all.")
  var runLimit: Int?

  private static let usualRuns = 100
  private static let lastLines = 5
  private static let mostBytes = 1 << 16

  func validate() throws {
    if let runLimit, !(0..<Int.max).contains(runLimit) {
      throw ValidationError("--runs must be 0 or more, not \(runLimit).")
    }
  }

  func show(_ job: Job, in session: Session) throws {
    display.json ? try showJSON(job, in: session) : try showText(job, in: session)
  }

  private func showText(_ job: Job, in session: Session) throws {
    let limit = runLimit ?? Self.usualRuns
    // Reads one extra run to detect whether more exist.
    let runs = try session.store.runs(
      of: job.id.text, limit: limit == 0 ? .max : limit + 1, before: nil)
    let now = session.clock.now()
    let reasons = try session.explanation(of: job, at: now).reasons
    let sheet = JobFields(job, reasons, showsVariables: environment.isShown, at: now)
    for line in sheet.lines(for: display.terminal) {
      try Output.standard.line(line)
    }
    guard !runs.isEmpty else { return }
    try Output.standard.line("")
    let shown = limit == 0 ? runs[...] : runs.prefix(limit)
    try display.print(RunTable(shown, in: session.logs).table(at: now))
    try showLastLines(of: job, in: session)
    if shown.count < runs.count {
      ErrorReport.note("only the newest \(limit) runs are shown: --runs 0 shows all")
    }
  }

  /// Shows the end of the log of a job whose last run failed.
  private func showLastLines(of job: Job, in session: Session) throws {
    guard job.error != nil, let run = job.latestRun, run.finishedAt != nil,
      let log = try LogReader.open(run, in: session.logs)
    else { return }
    try log.skip(toLastLines: Self.lastLines)
    var bytes: [UInt8] = []
    while let piece = try log.next(), bytes.count < Self.mostBytes {
      if case .bytes(let more) = piece { bytes += more }
    }
    let lines = bytes.split(separator: 0x0A).suffix(Self.lastLines)
    guard !lines.isEmpty else { return }
    try Output.standard.line("\nThe last lines of run \(run.id):")
    for line in lines {
      try Output.standard.line(
        "  " + TerminalText.sanitized(String(decoding: line.suffix(Self.mostBytes), as: UTF8.self)))
    }
  }

  /// Streams the runs, because a job may have a million.
  private func showJSON(_ job: Job, in session: Session) throws {
    let pieceSize = 1 << 16
    var rest = runLimit ?? 0
    if rest == 0 { rest = .max }
    var writer = JSONWriter()
    var failure: (any Error)?
    job.write(to: &writer, showsVariables: environment.isShown) { json in
      json.key("runs")
      json.array { json in
        do {
          try session.store.forEachRun(of: job.id.text) { run in
            run.write(to: &json, logs: session.directory)
            if json.bytes.count > pieceSize { try Output.standard.write(json.take()) }
            rest -= 1
            return rest > 0
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    writer.lineEnd()
    try Output.standard.write(writer.bytes)
  }
}
