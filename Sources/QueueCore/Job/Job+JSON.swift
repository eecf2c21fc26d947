extension Job {
  /// Writes the job as a JSON object with every field, `null` where unset; `more` adds members.
  /// - Parameter showsVariables: whether to write environment values (may be secrets) or `null`.
  public func write(
    to writer: inout JSONWriter, showsVariables: Bool = false,
    adding more: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.object { json in
      json.field("id", id.text)
      json.field("command", spec.command)
      json.field("state", state.rawValue)
      json.field("attempts", attempts)
      json.field("max_retries", maxRetries)
      json.field("created_at", createdAt)
      json.field("updated_at", updatedAt)
      spec.writeMembers(
        to: &json, prerequisites: prerequisites, showsVariables: showsVariables)
      // Rare. `enqueue` rejects the field rather than store a job with some prerequisites missing.
      if morePrerequisites > 0 { json.field("more_prerequisites", morePrerequisites) }
      json.field("started_at", latestRun?.startedAt)
      json.field("finished_at", latestRun?.finishedAt)
      json.field("exit_code", latestRun?.end?.exitCode)
      json.field("signal", latestRun?.end?.signal)
      json.field("error", error)
      json.field("worker", latestRun?.worker.description)
      json.key("frozen")
      json.value(frozenSince != nil)
      json.field("progress", progress?.percent)
      json.field("message", progress?.message)
      json.field("schedule", origin?.schedule)
      json.field("scheduled_for", origin?.time)
      json.field("stands_for", origin?.standsFor)
      more(&json)
    }
  }
}
