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

  /// Reads a run written by ``writeMembers(to:)``; its id is 0 until it is stored.
  /// - Throws: ``JSONError``; ``InvalidJob`` for a field that is unknown, invalid or missing.
  init(from reader: inout JSONReader, times: TimeText) throws {
    let fields = FieldReader(times: times)
    var (attempt, worker): (Int?, WorkerID?)
    var (startedAt, finishedAt): (Timestamp?, Timestamp?)
    var (word, error): (String?, String?)
    var (exitCode, signal, peakMemoryBytes): (Int?, Int?, Int?)
    var (elapsed, waited, cpuTime): (Duration?, Duration?, Duration?)
    try reader.readFields(of: "a run") { (field: Field, reader) throws in
      switch field {
      case .attempt: attempt = try fields.count(field, &reader)
      case .worker: worker = try Self.worker(try fields.text(field, &reader))
      case .startedAt: startedAt = try fields.time(field, &reader)
      case .finishedAt: finishedAt = try fields.time(field, &reader)
      case .outcome: word = try fields.text(field, &reader)
      case .exitCode: exitCode = try fields.integer(field, &reader)
      case .signal: signal = try fields.integer(field, &reader)
      case .error: error = try fields.text(field, &reader)
      case .elapsed: elapsed = try fields.seconds(field, &reader)
      case .waited: waited = try fields.seconds(field, &reader)
      case .cpuTime: cpuTime = try fields.seconds(field, &reader)
      case .peakMemoryBytes: peakMemoryBytes = try fields.integer(field, &reader)
      }
    }
    self.init(
      id: RunID(0), attempt: try Field.attempt.required(attempt),
      worker: try Field.worker.required(worker),
      startedAt: try Field.startedAt.required(startedAt), waited: waited)
    self.finishedAt = finishedAt
    self.error = error
    if let word {
      end = RunEnd(word: word, exitCode: exitCode, signal: signal, error: error)
      guard end != nil else {
        throw InvalidJob(
          field: "outcome",
          problem: "is unknown, or its exit_code or signal is missing: \(quoted: word)")
      }
    }
    self.elapsed = elapsed
    self.cpuTime = cpuTime
    self.peakMemoryBytes = peakMemoryBytes
  }

  private static func worker(_ name: String) throws(InvalidJob) -> WorkerID {
    guard let worker = WorkerID(name) else {
      throw InvalidJob(field: "worker", problem: "isn't a worker's id: \(quoted: name)")
    }
    return worker
  }

  private enum Field: String, FieldName {
    case attempt, worker
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case outcome
    case exitCode = "exit_code"
    case signal, error, elapsed, waited
    case cpuTime = "cpu_time"
    case peakMemoryBytes = "peak_memory_bytes"
  }
}
