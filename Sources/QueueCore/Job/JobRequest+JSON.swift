/// What was asked for of a job, whether it is yet to be stored or is there already.
protocol JobRequest {
  var queue: String { get }
  var priority: Int { get }
  var runAt: Timestamp? { get }
  var prerequisites: [Prerequisite] { get }
  var uniqueKey: String? { get }
  var timeout: Duration? { get }
  var directory: String? { get }
  var environment: [EnvironmentVariable] { get }
  var retryRules: RetryRules { get }
}

extension NewJob: JobRequest {}

extension Job: JobRequest {
  /// Those that aren't met yet.
  var prerequisites: [Prerequisite] {
    waitsFor.map { Prerequisite(reference: $0.job.text, accepts: $0.accepts) }
  }
}

extension JobRequest {
  /// Writes it as members of an object, as `enqueue` takes them; its id, command and retries stand before these.
  /// - Parameter showsVariables: whether the values of its variables, which may be secrets, are written; else there is `null` for each.
  func writeMembers(to json: inout JSONWriter, showsVariables: Bool) {
    json.field("queue", queue)
    json.field("priority", priority)
    json.field("run_at", runAt)
    json.field("after", prerequisites.filter { $0.accepts == .success }.map(\.reference))
    json.field("after_any", prerequisites.filter { $0.accepts == .anyEnd }.map(\.reference))
    json.field("unique", uniqueKey)
    json.field("timeout", timeout?.inSeconds)
    json.field("cwd", directory)
    json.key("env")
    json.object { json in
      for variable in environment {
        json.key(text: variable.name)
        showsVariables ? json.value(variable.value) : json.null()
      }
    }
    json.field("backoff_base", retryRules.backoffBase)
    json.field("backoff_max", retryRules.backoffMax?.inSeconds)
    json.field("backoff_jitter", retryRules.backoffJitter)
    json.field("retry_on", retryRules.retryOn?.description)
    json.field("no_retry_on", retryRules.noRetryOn?.description)
    json.field("snooze_on", retryRules.snoozeOn?.description)
  }
}
