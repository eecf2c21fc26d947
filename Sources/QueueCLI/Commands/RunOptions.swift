import ArgumentParser
import QueueCore
import QueueSession

struct UniqueOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Refuse other jobs with this key while this one is unfinished.", valueName: "key"))
  var unique: String?
}

/// Options about the runs of a job, for `enqueue`, schedules and changes of jobs.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("End a run that takes longer.", valueName: "duration"))
  var timeout: String?

  @Option(parsing: .unconditional, help: "Retries after a first failure, 0 to 10000.")
  var maxRetries: Int?

  @Option(
    parsing: .unconditional,
    help: "After failed run N, wait this to the power of N seconds, 0.1 to 1000.")
  var backoffBase: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The longest backoff, before jitter.", valueName: "duration"))
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
      "On these exit statuses, run it again after the setting snooze-delay; no retry is spent.",
      valueName: "statuses"))
  var snoozeOn: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Count these exit statuses as success, such as 1 of diff or tar.", valueName: "statuses"))
  var successOn: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A tag to find it by; may be repeated, up to \(JobSpec.mostTags) times.", valueName: "name"),
    completion: ShellCompletions.tags)
  var tag: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Niceness, -20 to 19; higher yields to other processes.", valueName: "n"))
  var nice: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory limit of its processes together, such as 2G.", valueName: "size"))
  var memory: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("CPU limit, 0.01 to 1000 CPUs, such as 1.5.", valueName: "number"))
  var cpus: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Run it even if the worker can't set a limit or the niceness; otherwise it is snoozed.")
  var bestEffort: Bool?

  @Option(
    help: ArgumentHelp(
      "The directory to run in. Default for enqueue and schedule add: the current one.",
      valueName: "path"),
    completion: .directory)
  var cwd: String?

  @Option(
    help: ArgumentHelp(
      "An environment variable for the job; NAME alone copies it from here; may be repeated.",
      valueName: "name=value"))
  var env: [String] = []

  /// Puts the options that were given into a job.
  func apply(to spec: inout JobSpec) throws {
    if let timeout { spec.timeout = try OptionParsing.duration(timeout, flag: "--timeout") }
    if let maxRetries { spec.maxRetries = maxRetries }
    if let backoffBase { spec.retryRules.backoffBase = backoffBase }
    if let backoffMax {
      spec.retryRules.backoffMax = try OptionParsing.duration(backoffMax, flag: "--backoff-max")
    }
    if let backoffJitter { spec.retryRules.backoffJitter = backoffJitter }
    if let retryOn {
      spec.retryRules.retryOn = try OptionParsing.statuses(retryOn, flag: "--retry-on")
    }
    if let noRetryOn {
      spec.retryRules.noRetryOn = try OptionParsing.statuses(noRetryOn, flag: "--no-retry-on")
    }
    if let snoozeOn {
      spec.retryRules.snoozeOn = try OptionParsing.statuses(snoozeOn, flag: "--snooze-on")
    }
    if let successOn {
      spec.retryRules.successOn = try OptionParsing.statuses(
        successOn, flag: "--success-on", among: ExitStatusSet.all)
    }
    if !tag.isEmpty { spec.tags = tag }
    if let nice { spec.limits.niceness = nice }
    if let memory { spec.limits.memoryBytes = try OptionParsing.bytes(memory, flag: "--memory") }
    if let cpus { spec.limits.cpus = cpus }
    if let bestEffort { spec.limits.isBestEffort = bestEffort }
    if !env.isEmpty { spec.environment = try env.map(Self.variable) }
  }

  private static func variable(_ text: String) throws -> EnvironmentVariable {
    guard let end = text.firstIndex(of: "=") else {
      guard !text.isEmpty, let value = try ProcessEnvironment.current.text(text) else {
        throw ValidationError(
          "--env takes NAME=VALUE, or the NAME of a variable that is set here, not "
            + "\(quoted: text).")
      }
      return try EnvironmentVariable(given: text, value: value)
    }
    return try EnvironmentVariable(
      given: String(text[..<end]), value: String(text[text.index(after: end)...]))
  }

  /// Defaults in the directory of `--cwd`, else in this one.
  func directory(for time: TimeText) throws -> JobDefaults {
    // With an absolute `--cwd`, the current directory may have been removed.
    let isAbsolute = cwd?.hasPrefix("/") == true
    var defaults = JobDefaults(
      directory: isAbsolute ? "/" : try WorkingDirectory.current(), time: time)
    if let cwd { defaults.directory = defaults.absolute(cwd) }
    return defaults
  }
}
