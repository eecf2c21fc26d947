extension Run {
  /// Writes the run as one object of JSON: durations in seconds, `null` where there is nothing.
  /// - Parameter more: writes further members at its end.
  public func write(
    to writer: inout JSONWriter, adding more: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.object { json in
      json.field("run", Int(id.number))
      writeMembers(to: &json)
      more(&json)
    }
  }

  /// Writes all of it but its number, which belongs to its queue.
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
