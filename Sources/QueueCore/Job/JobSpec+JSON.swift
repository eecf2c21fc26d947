extension JobSpec {
  /// Writes the spec's members in the form `enqueue` accepts, except the command and retries.
  /// - Parameter showsVariables: whether to write environment values (may be secrets) or `null`.
  func writeMembers(
    to json: inout JSONWriter, prerequisites: [Prerequisite], showsVariables: Bool
  ) {
    json.field("queue", queue)
    json.field("priority", priority)
    json.field("run_at", runAt)
    json.field("after", prerequisites.filter { $0.accepts == .success }.map(\.reference))
    json.field("after_any", prerequisites.filter { $0.accepts == .anyEnd }.map(\.reference))
    json.field("unique", uniqueKey)
    json.field("tags", tags)
    json.field("timeout", timeout?.inSeconds)
    json.field("cwd", directory)
    json.key("env")
    json.object { json in
      for variable in environment {
        json.key(text: variable.name)
        showsVariables ? json.value(variable.value) : json.null()
      }
    }
    json.key("inherit_env")
    if let inheritsEnvironment { json.value(inheritsEnvironment) } else { json.null() }
    json.field("backoff_base", retryRules.backoffBase)
    json.field("backoff_max", retryRules.backoffMax?.inSeconds)
    json.field("backoff_jitter", retryRules.backoffJitter)
    json.field("retry_on", retryRules.retryOn?.description)
    json.field("no_retry_on", retryRules.noRetryOn?.description)
    json.field("snooze_on", retryRules.snoozeOn?.description)
    json.field("success_on", retryRules.successOn?.description)
    json.field("nice", limits.niceness)
    json.field("memory", limits.memoryBytes)
    json.field("cpus", limits.cpus)
    json.key("best_effort")
    if let isBestEffort = limits.isBestEffort { json.value(isBestEffort) } else { json.null() }
  }

  /// Reads one member. Returns false, with nothing read, for a field that isn't part of a spec.
  mutating func read(
    _ field: JobField, from reader: inout JSONReader, by values: FieldReader,
    absolute: (String) -> String
  ) throws -> Bool {
    switch field {
    case .command: command = try values.text(field, &reader)
    case .queue: queue = try values.text(field, &reader)
    case .priority: priority = try values.integer(field, &reader)
    case .maxRetries: maxRetries = try values.integer(field, &reader)
    case .runAt: runAt = try values.time(field, &reader)
    case .unique: uniqueKey = try values.text(field, &reader)
    case .tags: tags += try values.texts(field, &reader)
    case .timeout: timeout = try values.duration(field, &reader)
    case .backoffBase: retryRules.backoffBase = try values.number(field, &reader)
    case .backoffMax: retryRules.backoffMax = try values.duration(field, &reader)
    case .backoffJitter: retryRules.backoffJitter = try values.number(field, &reader)
    case .retryOn: retryRules.retryOn = try values.statuses(field, &reader)
    case .noRetryOn: retryRules.noRetryOn = try values.statuses(field, &reader)
    case .successOn:
      retryRules.successOn = try values.statuses(field, among: ExitStatusSet.all, &reader)
    case .nice: limits.niceness = try values.integer(field, &reader)
    case .memory: limits.memoryBytes = try values.bytes(field, &reader)
    case .cpus: limits.cpus = try values.number(field, &reader)
    case .bestEffort: limits.isBestEffort = try values.truth(field, &reader)
    case .snoozeOn: retryRules.snoozeOn = try values.statuses(field, &reader)
    case .cwd: directory = absolute(try values.text(field, &reader))
    case .env: environment += try values.environment(&reader)
    case .inheritEnv: inheritsEnvironment = try values.truth(field, &reader)
    default: return false
    }
    return true
  }
}
