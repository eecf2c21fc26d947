import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// Options of `enqueue`; fields in JSON take precedence.
struct JobOptions: ParsableArguments {
  @Option(help: "The job's queue.", completion: ShellCompletions.queues)
  var queue = NewJob.defaultQueue

  @Option(
    parsing: .unconditional,
    help: "Higher runs first, -1000000 to 1000000; equal ones run in order of arrival.")
  var priority = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Time to wait before the first run: 90, 5m, 1h30m.", valueName: "duration"))
  var delay: String?

  @Option(parsing: .unconditional, help: OptionParsing.at)
  var at: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run it once this job has succeeded; may be repeated.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var after: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Run it once this job has ended in any state; may be repeated.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var afterAny: [String] = []

  @OptionGroup var key: UniqueOption
  @OptionGroup var run: RunOptions

  @Flag(
    inversion: .prefixedNo,
    help: "Run it with the environment of this command, or with the worker's.")
  var inheritEnv: Bool?

  func defaults(at now: Moment) throws -> JobDefaults {
    var defaults = try run.directory(for: LocalTime.text(from: now.wall))
    defaults.queue = queue
    defaults.priority = priority
    defaults.runAt = try OptionParsing.runAt(delay: delay, at: at, from: now)
    defaults.prerequisites =
      after.map { Prerequisite(reference: $0, accepts: .success) }
      + afterAny.map { Prerequisite(reference: $0, accepts: .anyEnd) }
    defaults.inheritsEnvironment = inheritEnv
    if let unique = key.unique { defaults.uniqueKey = unique }
    try run.apply(to: &defaults.spec)
    // Check sizes here, so that a bad option isn't reported as a bad job.
    try NewJob(id: nil, command: "true", with: defaults).checkSize()
    return defaults
  }
}
