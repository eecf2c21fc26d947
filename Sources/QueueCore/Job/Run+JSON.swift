extension Run {
  /// Writes the run as a JSON object, durations in seconds; `more` adds members.
  public func write(
    to writer: inout JSONWriter, adding more: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.object { json in
      json.field("run", Int(id.number))
      writeMembers(to: &json)
      more(&json)
    }
  }

  /// Writes all members but the run's number, which only its own queue understands.
  func writeMembers(to json: inout JSONWriter) {
    json.field("attempt", attempt)
    json.field("worker", worker.description)
    json.field("started_at", startedAt)
    json.field("finished_at", finishedAt)
    json.field("outcome", end?.word)
    json.field("exit_code", end?.exitCode)
    json.field("signal", end?.signal)
    json.field("error", error)
    json.field("elapsed", elapsed?.inSeconds)
    json.field("waited", waited?.inSeconds)
    json.field("cpu_time", cpuTime?.inSeconds)
    json.field("peak_memory_bytes", peakMemoryBytes)
  }
}
