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
    help: "Higher runs first; equal priorities run in order of arrival.")
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

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Refuse other jobs with this key while this one is unfinished.", valueName: "key"))
  var unique: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("End a run that takes longer.", valueName: "duration"))
  var timeout: String?

  @Option(parsing: .unconditional, help: "Retries after a first failure.")
  var maxRetries: Int?

  @Option(parsing: .unconditional, help: "The wait after failed run n is this ^ n seconds.")
  var backoffBase: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The longest wait between two runs.", valueName: "duration"))
  var backoffMax: String?

  @Option(parsing: .unconditional, help: "Largest random share added to the wait, 0 to 1.")
  var backoffJitter: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Retry these exit statuses only: 1,64-78.", valueName: "statuses"))
  var retryOn: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Don't retry these exit statuses; the job is dead at once.", valueName: "statuses"))
  var noRetryOn: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Snooze on these exit statuses: wait snooze-delay, spend no retry.",
      valueName: "statuses"))
  var snoozeOn: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Count these exit statuses as success, such as 1 of diff or tar.", valueName: "statuses"))
  var successOn: String?

  @Option(
    help: ArgumentHelp("The directory to run in; the current one by default.", valueName: "path"),
    completion: .directory)
  var cwd: String?

  @Option(
    help: ArgumentHelp(
      "An environment variable for the job; may be repeated.", valueName: "name=value"))
  var env: [String] = []

  func defaults(at now: Moment) throws -> JobDefaults {
    let time = LocalTime.text(from: now.wall)
    // With an absolute `--cwd`, the current directory may have been removed.
    let isAbsolute = cwd?.hasPrefix("/") == true
    var defaults = JobDefaults(
      directory: isAbsolute ? "/" : try WorkingDirectory.current(), time: time)
    if let cwd { defaults.directory = defaults.absolute(cwd) }
    defaults.queue = queue
    defaults.priority = priority
    defaults.runAt = try OptionParsing.runAt(delay: delay, at: at, from: now)
    defaults.prerequisites =
      after.map { Prerequisite(reference: $0, accepts: .success) }
      + afterAny.map { Prerequisite(reference: $0, accepts: .anyEnd) }
    defaults.uniqueKey = unique
    defaults.timeout = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    defaults.maxRetries = maxRetries
    defaults.retryRules = RetryRules(
      backoffBase: backoffBase,
      backoffMax: try backoffMax.map { try OptionParsing.duration($0, flag: "--backoff-max") },
      backoffJitter: backoffJitter,
      retryOn: try retryOn.map { try OptionParsing.statuses($0, flag: "--retry-on") },
      noRetryOn: try noRetryOn.map { try OptionParsing.statuses($0, flag: "--no-retry-on") },
      snoozeOn: try snoozeOn.map { try OptionParsing.statuses($0, flag: "--snooze-on") },
      successOn: try successOn.map {
        try OptionParsing.statuses($0, flag: "--success-on", among: ExitStatusSet.all)
      })
    defaults.environment = try env.map { text in
      guard let end = text.firstIndex(of: "=") else {
        throw ValidationError("--env takes NAME=VALUE, not \(quoted: text).")
      }
      return try EnvironmentVariable(
        given: String(text[..<end]), value: String(text[text.index(after: end)...]))
    }
    // Check sizes here, so that a bad option isn't reported as a bad job.
    try NewJob(id: nil, command: "true", with: defaults).checkSize()
    return defaults
  }
}
