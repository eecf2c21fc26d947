import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

struct Logs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a job wrote, or follow it until the job has ended.",
    discussion: """
      Both streams of the job's latest run, byte for byte when piped. On a
      terminal, what it might obey is made visible: an escape byte is ^[.
      --follow goes on through retries, and ends with the job.

      EXAMPLES:
        $ queuectl enqueue --id job1 'seq 100' && queuectl worker start --drain
        $ queuectl logs job1
        $ queuectl logs job1 --tail 3 --follow
      """)

  @OptionGroup var database: DatabaseOption

  @Argument(help: OptionParsing.job, completion: ShellCompletions.jobs)
  var id: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of this attempt instead of the latest.", valueName: "number"))
  var attempt: Int?

  @Option(
    name: .customLong("run"), parsing: .unconditional,
    help: ArgumentHelp(
      "Of the run of this number; a run that was lost or put off has the number of the next "
        + "attempt, too.",
      valueName: "number"))
  var runNumber: Int64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only the last lines, this many.", valueName: "lines"))
  var tail: Int?

  @Flag(name: .shortAndLong, help: "Go on as more is written, until the job has ended.")
  var follow = false

  func validate() throws {
    if let attempt, attempt < 1 {
      throw ValidationError("--attempt must be 1 or more, not \(attempt).")
    }
    if attempt != nil, runNumber != nil {
      throw ValidationError("--attempt and --run don't go together.")
    }
    if let tail, tail < 0 { throw ValidationError("--tail must be 0 or more, not \(tail).") }
  }

  func run() throws {
    let session = try database.openReading()
    let job = try session.store.job(id, at: session.clock.now())
    let chosen = try chosenRun(of: job, in: session)
    if follow {
      var follower = LogFollower(job: job.id, session: session)
      return try follower.follow(
        from: chosen, tail: tail, throughRetries: attempt == nil && runNumber == nil)
    }
    guard let chosen else {
      throw Failure("job \"\(job.id)\" has no log, as it was not run yet: --follow waits for it")
    }
    guard let reader = try LogReader.open(chosen, in: session.directory) else {
      throw Failure(LogReader.missing(chosen, of: job.id, in: session.directory))
    }
    if let tail { try reader.skip(toLastLines: tail) }
    var printer = LogPrinter()
    try printer.print(all: reader)
    try printer.end()
  }

  /// The requested run, or the latest; nil if the job hasn't run.
  private func chosenRun(of job: Job, in session: Session) throws -> Run? {
    if let runNumber { return try run(runNumber, of: job, in: session) }
    guard let attempt else { return job.latestRun }
    var found: [Run] = []
    var greatest: Int?
    try session.store.forEachRun(of: job.id.text) { run in
      greatest = max(greatest ?? 0, run.attempt)
      if run.attempt == attempt { found.append(run) }
      return found.count <= Self.mostNamed + 1
    }
    guard let newest = found.first else {
      let known = greatest.map { "it has had \($0)" } ?? "it has not been run yet"
      throw Failure("job \"\(job.id)\" has no attempt \(attempt): \(known)")
    }
    if found.count > 1 {
      let others = Self.list(found.dropFirst())
      ErrorReport.note(
        "it was begun more than once, as no retry was spent: see --run \(others), too")
    }
    return newest
  }

  private func run(_ number: Int64, of job: Job, in session: Session) throws -> Run {
    if let found = try session.store.run(RunID(number), of: job.id.text) { return found }
    let runs = try session.store.runs(of: job.id.text, limit: Self.mostNamed + 1, before: nil)
    let hint = runs.isEmpty ? "it has not been run yet" : "it has had \(Self.list(runs[...]))"
    throw Failure("job \"\(job.id)\" has no run \(number): \(hint)")
  }

  private static let mostNamed = 10

  private static func list(_ runs: ArraySlice<Run>) -> String {
    let numbers = runs.prefix(mostNamed).map { "\($0.id)" }.joined(separator: ", ")
    return runs.count > mostNamed ? "\(numbers) and earlier ones" : numbers
  }
}
