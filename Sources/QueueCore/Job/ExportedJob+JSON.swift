extension ExportedJob {
  /// Writes the job as a JSON object: the spec in "job", in the form `enqueue` accepts, then state.
  public func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.key("job")
      asked.write(to: &json)
      json.field("state", state.rawValue)
      json.field("attempts", attempts)
      json.field("crashes", crashes)
      json.field("created_at", createdAt)
      json.field("updated_at", updatedAt)
      json.field("progress", progress?.percent)
      json.field("message", progress?.message)
      json.key("runs")
      json.array { json in
        for run in runs { json.object { run.writeMembers(to: &$0) } }
      }
    }
  }

  /// Reads a job written by ``write(to:)``; of `defaults`, uses only the time parser.
  /// - Throws: ``JSONError`` for invalid JSON, ``InvalidJob`` for an invalid job.
  public init(from reader: inout JSONReader, defaults: JobDefaults) throws {
    var asked: NewJob?
    var members = Members(times: defaults.time)
    var runs: [Run]?
    try reader.readObject { (key, reader) throws in
      switch key {
      case "job": asked = try NewJob(from: &reader, defaults: defaults)
      case "runs":
        var read: [Run] = []
        try reader.readArray { reader throws in
          read.append(try Run(from: &reader, times: defaults.time))
        }
        runs = read
      default: try members.read(key, from: &reader)
      }
    }
    guard let asked, asked.id != nil, asked.maxRetries != nil else {
      throw InvalidJob(field: "job", problem: "must be given, with id and max_retries")
    }
    let word = try members.text("state")
    guard let state = JobState(rawValue: word) else {
      throw InvalidJob(field: "state", problem: "is unknown: \(quoted: word)")
    }
    guard let runs else { throw InvalidJob(field: "runs", problem: "must be given, even if empty") }
    try Self.check(runs, of: state)
    let progress = try members.optionalNumber("progress").map { percent in
      try JobProgress(percent: "\(percent)", message: members.optionalText("message"))
    }
    self.init(
      asked: asked, state: state, attempts: try members.count("attempts"),
      crashes: try members.count("crashes"), createdAt: try members.time("created_at"),
      updatedAt: try members.time("updated_at"), progress: progress, runs: runs)
  }
}

extension ExportedJob {
  /// Refuses unfinished runs, except a processing job's latest; no worker would end them.
  private static func check(_ runs: [Run], of state: JobState) throws(InvalidJob) {
    let ended = state == .processing ? runs.dropLast() : runs[...]
    guard let open = ended.first(where: { $0.finishedAt == nil }) else { return }
    throw InvalidJob(
      field: "runs",
      problem: "must have finished_at for attempt \(open.attempt): the job is \(state.rawValue)")
  }
}

extension NewJob {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("id", id?.text)
      json.field("command", spec.command)
      json.field("max_retries", spec.maxRetries)
      spec.writeMembers(to: &json, prerequisites: prerequisites, showsVariables: true)
    }
  }
}

extension Run {
  /// Reads a run written by ``writeMembers(to:)``; its id is 0 until it is stored.
  fileprivate init(from reader: inout JSONReader, times: TimeText) throws {
    var members = Members(times: times)
    try reader.readObject { (key, reader) throws in try members.read(key, from: &reader) }
    let name = try members.text("worker")
    guard let worker = WorkerID(name) else {
      throw InvalidJob(
        field: "worker", problem: "isn't a worker's id: \(quoted: name)")
    }
    self.init(
      id: RunID(0), attempt: try members.count("attempt"), worker: worker,
      startedAt: try members.time("started_at"), waited: try members.seconds("waited"))
    finishedAt = try members.optionalTime("finished_at")
    error = try members.optionalText("error")
    if let word = try members.optionalText("outcome") {
      end = RunEnd(
        word: word, exitCode: try members.integer("exit_code"),
        signal: try members.integer("signal"), error: error)
      guard end != nil else {
        throw InvalidJob(
          field: "outcome",
          problem: "is unknown, or its exit_code or signal is missing: \(quoted: word)"
        )
      }
    }
    elapsed = try members.seconds("elapsed")
    cpuTime = try members.seconds("cpu_time")
    peakMemoryBytes = try members.integer("peak_memory_bytes")
  }
}

/// The string and number members of an object.
private struct Members {
  private enum Value { case text(String), number(Double) }

  private let times: TimeText
  private var values: [String: Value] = [:]

  init(times: TimeText) { self.times = times }

  mutating func read(_ key: String, from reader: inout JSONReader) throws {
    switch try reader.peek() {
    case .string: values[key] = .text(try reader.readString())
    case .number:
      guard let number = try reader.readNumber().double else {
        throw InvalidJob(field: TerminalText.quoted(key), problem: "is too large a number")
      }
      values[key] = .number(number)
    case .null: try reader.readNull()
    case .object, .array, .boolean:
      throw InvalidJob(field: TerminalText.quoted(key), problem: "must be text or a number")
    }
  }

  func optionalText(_ key: String) throws -> String? {
    switch values[key] {
    case nil: nil
    case .text(let text): text
    case .number: throw InvalidJob(field: key, problem: "must be text")
    }
  }

  func text(_ key: String) throws -> String {
    guard let text = try optionalText(key) else { throw Self.missing(key) }
    return text
  }

  func optionalNumber(_ key: String) throws -> Double? {
    switch values[key] {
    case nil: nil
    case .number(let number): number
    case .text: throw InvalidJob(field: key, problem: "must be a number")
    }
  }

  func integer(_ key: String) throws -> Int? {
    try optionalNumber(key).flatMap(Int.init(exactly:))
  }

  func count(_ key: String) throws -> Int {
    guard let number = try optionalNumber(key) else { throw Self.missing(key) }
    guard let count = Int(exactly: number), (0...1_000_000).contains(count) else {
      throw InvalidJob(field: key, problem: "must be a whole number from 0 to 1000000")
    }
    return count
  }

  func seconds(_ key: String) throws -> Duration? {
    guard let number = try optionalNumber(key) else { return nil }
    guard (0...1e10).contains(number) else {
      throw InvalidJob(field: key, problem: "must be a number of seconds")
    }
    return .milliseconds(Int64((number * 1000).rounded()))
  }

  func optionalTime(_ key: String) throws -> Timestamp? {
    guard let text = try optionalText(key) else { return nil }
    guard let time = times.parse(text) else {
      throw InvalidJob(field: key, problem: "must be a time, not \(quoted: text)")
    }
    return time
  }

  func time(_ key: String) throws -> Timestamp {
    guard let time = try optionalTime(key) else { throw Self.missing(key) }
    return time
  }

  private static func missing(_ key: String) -> InvalidJob {
    InvalidJob(field: key, problem: "is missing")
  }
}
