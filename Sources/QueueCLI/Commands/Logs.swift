import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

struct Logs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Show a job's output, or follow it until the job has ended.",
    usage: "queuectl logs [<options>] (<id> | --schedule <name>)",
    discussion: """
      Prints both streams of the job's latest run, byte for byte when piped. On a
      terminal, control characters are made visible: an escape byte is ^[.
      --follow continues through retries until the job has ended.

      EXAMPLES:
        $ queuectl enqueue --id job1 'seq 100' && queuectl worker start --drain
        $ queuectl logs job1
        $ queuectl logs job1 --tail 3 --follow
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(help: OptionParsing.job, completion: ShellCompletions.jobs)
  var id: String?

  @Option(
    help: ArgumentHelp("Show the latest job of this schedule.", valueName: "name"),
    completion: ShellCompletions.schedules)
  var schedule: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Show this attempt instead of the latest.", valueName: "number"))
  var attempt: Int?

  @Option(
    name: .customLong("run"), parsing: .unconditional,
    help: ArgumentHelp(
      "Show this run (see \"show\"). Lost, stopped and snoozed runs share their attempt number "
        + "with the next run.",
      valueName: "number"))
  var runNumber: Int64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Show only the last lines, this many.", valueName: "lines"))
  var tail: Int?

  @Flag(name: .shortAndLong, help: "Print output as it is written, until the job has ended.")
  var follow = false

  func validate() throws {
    if (id == nil) == (schedule == nil) {
      throw ValidationError("Give a job's id, or --schedule NAME.")
    }
    if let attempt, attempt < 1 {
      throw ValidationError("--attempt must be 1 or more, not \(attempt).")
    }
    if let runNumber, runNumber < 1 {
      throw ValidationError("--run must be 1 or more, not \(runNumber).")
    }
    if attempt != nil, runNumber != nil {
      throw ValidationError("--attempt can't be combined with --run.")
    }
    if let tail, tail < 0 { throw ValidationError("--tail must be 0 or more, not \(tail).") }
  }

  func run() throws {
    let session = try database.openReading()
    let job = try session.store.job(try reference(in: session), at: session.clock.now())
    let chosen = try chosenRun(of: job, in: session)
    if follow {
      var follower = LogFollower(job: job.id, session: session)
      return try follower.follow(
        from: chosen, tail: tail, throughRetries: attempt == nil && runNumber == nil)
    }
    guard let chosen else {
      throw Failure("job \"\(job.id)\" has no log: it hasn't run yet; to wait, pass --follow")
    }
    guard let reader = try LogReader.open(chosen, in: session.logs) else {
      throw Failure(LogReader.missing(chosen, of: job.id, in: session.directory))
    }
    var printer = LogPrinter(session.logs)
    if let tail { try printer.skip(reader, of: chosen.id, toLastLines: tail) }
    try printer.print(all: reader, of: chosen.id)
    try printer.end()
    var isStarted = !chosen.isRefused
    if case .notStarted = chosen.end { isStarted = false }
    if !isStarted { ErrorReport.note("the run didn't start: \(chosen.error ?? "unknown")") }
  }

  /// The job that was asked for, or the schedule's latest.
  private func reference(in session: Session) throws -> String {
    if let id { return id }
    let name = schedule ?? ""
    let jobs = try session.store.occurrences(of: name, limit: Occurrence.keptCount)
      .compactMap(\.job)
    guard let latest = jobs.first else { throw Failure("\(name) has enqueued no job yet") }
    guard try session.has(latest.id) else {
      throw Failure("the latest job of \(name), \(latest.id), has been removed with its log")
    }
    return latest.id.text
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
      let known = greatest.map { "the latest is \($0)" } ?? "it hasn't run yet"
      throw Failure("job \"\(job.id)\" has no attempt \(attempt): \(known)")
    }
    if found.count > 1 {
      let others = Self.list(found.dropFirst())
      ErrorReport.note(
        "this attempt has earlier runs that spent no retry: see --run \(others)")
    }
    return newest
  }

  private func run(_ number: Int64, of job: Job, in session: Session) throws -> Run {
    if let found = try session.store.run(RunID(number), of: job.id.text) { return found }
    let runs = try session.store.runs(of: job.id.text, limit: Self.mostNamed + 1, before: nil)
    let hint = runs.isEmpty ? ": it hasn't run yet" : "; choices: \(Self.list(runs[...]))"
    throw Failure("job \"\(job.id)\" has no run \(number)\(hint)")
  }

  private static let mostNamed = 10

  private static func list(_ runs: ArraySlice<Run>) -> String {
    let numbers = runs.prefix(mostNamed).map { "\($0.id)" }.joined(separator: ", ")
    return runs.count > mostNamed ? "\(numbers) and earlier runs" : numbers
  }
}
