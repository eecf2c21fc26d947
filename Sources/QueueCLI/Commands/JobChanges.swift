import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// Options that change a stored job, or a new one like it; omitted ones keep its values.
struct JobChanges: ParsableArguments {
  @Option(parsing: .unconditional, help: "The new command line for /bin/sh -c.")
  var command: String?

  @Option(help: "The new queue.", completion: ShellCompletions.queues)
  var queue: String?

  @Option(parsing: .unconditional, help: OptionParsing.priority)
  var priority: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Time to wait before the first run: 90, 5m; 0 for none.", valueName: "duration"))
  var delay: String?

  @Option(parsing: .unconditional, help: OptionParsing.at)
  var at: String?

  @OptionGroup var run: RunOptions

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Remove this tag; may be repeated.", valueName: "name"),
    completion: ShellCompletions.tags)
  var untag: [String] = []

  func edit(at now: Moment) throws -> JobEdit {
    var spec = JobSpec(command: "")
    if run.cwd != nil { spec = try run.directory(for: LocalTime.text(from: now.wall)).spec }
    try run.apply(to: &spec)
    let runAt = try OptionParsing.runAt(delay: delay, at: at, from: now)
    for tag in untag { try OptionParsing.check(tag: tag, prefix: "--un") }
    do throws(InvalidJob) {
      var edit = try JobEdit(command: command, priority: priority, runAt: runAt)
      edit.queue = queue
      edit.maxRetries = spec.maxRetries
      edit.timeout = spec.timeout
      edit.retryRules = spec.retryRules
      edit.limits = spec.limits
      edit.environment = spec.environment
      edit.tags = spec.tags
      edit.removedTags = untag
      edit.directory = spec.directory
      try edit.check()
      return edit
    } catch {
      throw ValidationError(error.asFlag)
    }
  }
}
