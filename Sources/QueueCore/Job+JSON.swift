extension Job {
  /// Writes the job as one object of JSON, every field in its place, `null` where there is nothing.
  /// - Parameters:
  ///   - showsVariables: whether the values of its variables, which may be secrets, are written; else there is `null` for each.
  ///   - more: writes further members at its end.
  public func write(
    to writer: inout JSONWriter, showsVariables: Bool = false,
    adding more: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.object { json in
      json.field("id", id.text)
      json.field("command", command)
      json.field("state", state.rawValue)
      json.field("attempts", attempts)
      json.field("max_retries", maxRetries)
      json.field("created_at", createdAt)
      json.field("updated_at", updatedAt)
      json.field("queue", queue)
      json.field("priority", priority)
      json.field("run_at", runAt)
      json.field("after", waitsFor.filter { $0.accepts == .success }.map(\.job.text))
      json.field("after_any", waitsFor.filter { $0.accepts == .anyEnd }.map(\.job.text))
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
      json.field("started_at", latestRun?.startedAt)
      json.field("finished_at", latestRun?.finishedAt)
      json.field("exit_code", latestRun?.exitCode)
      json.field("error", latestRun?.error)
      json.field("worker", latestRun?.worker.description)
      json.field("progress", progress?.percent)
      json.field("message", progress?.message)
      more(&json)
    }
  }
}
