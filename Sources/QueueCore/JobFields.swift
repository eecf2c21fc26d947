/// The fields of a job in JSON: which there are, what each may hold, and how a job is read from them and
/// written to them.
public enum JobField: String, CaseIterable, Sendable {
  case id, command, state, attempts
  case maxRetries = "max_retries"
  case queue, priority
  case runAt = "run_at"
  case timeout, cwd, env
  case backoffBase = "backoff_base"
  case createdAt = "created_at"
  case updatedAt = "updated_at"
  case startedAt = "started_at"
  case finishedAt = "finished_at"
  case exitCode = "exit_code"
  case error, worker, progress, message

  /// Whether a new job may have it with a meaning: the others are queuectl's to set.
  public var canBeGiven: Bool {
    switch self {
    case .id, .command, .maxRetries, .queue, .priority, .runAt, .timeout, .cwd, .env, .backoffBase:
      true
    case .state, .attempts, .createdAt, .updatedAt, .startedAt, .finishedAt, .exitCode, .error,
      .worker, .progress, .message:
      false
    }
  }
}

/// What a job takes from its surroundings when its text doesn't say: from the command line's flags, its
/// directory and the clock.
public struct JobDefaults: Sendable {
  /// The absolute path that a relative `cwd` is seen from, and that a job without one runs in.
  public var directory: String
  /// Reads `run_at`.
  public var time: TimeText
  /// Used where the job names none.
  public var queue = NewJob.defaultQueue
  /// Used where the job names none.
  public var priority = 0
  /// Used where the job names none.
  public var runAt: Timestamp?
  /// Used where the job names none; nil for the setting's.
  public var timeout: Duration?
  /// Used where the job names none; nil for the setting's.
  public var maxRetries: Int?
  /// Set before the job's own variables.
  public var environment: [EnvironmentVariable] = []

  /// Defaults without any flag.
  public init(directory: String, time: TimeText) {
    self.directory = directory
    self.time = time
  }

  /// `path`, made absolute.
  public func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : directory + (directory.hasSuffix("/") ? "" : "/") + path
  }
}

extension NewJob {
  /// Reads a job from an object of JSON.
  ///
  /// An unknown or repeated field is refused, so is `state` other than pending, `attempts` other than 0, and whatever
  /// only queuectl can know. `created_at` and `updated_at` are read over. `null` is the same as leaving a field out.
  /// - Throws: ``JSONError`` for what isn't JSON, ``InvalidJob`` for what isn't a job.
  public init(from reader: inout JSONReader, defaults: JobDefaults) throws {
    guard try reader.peek() == .object else {
      throw InvalidJob(
        field: "a job",
        problem:
          "must be a JSON object like {\"command\":\"sleep 10\"}, not \(try reader.peek().rawValue)"
      )
    }
    var fields = Fields()
    var seen: Set<JobField> = []
    try reader.readObject { (key, reader) throws in
      guard let field = JobField(rawValue: key) else {
        let hint = NearestWord.hint(for: key, among: JobField.allCases.map(\.rawValue))
        throw InvalidJob(field: SafeText.quoted(key), problem: "isn't a field of a job\(hint)")
      }
      guard seen.insert(field).inserted else {
        throw InvalidJob(field: field.rawValue, problem: "is given twice")
      }
      if try reader.peek() == .null { return try reader.readNull() }
      try fields.read(field, from: &reader, defaults: defaults)
    }
    guard let command = fields.command else {
      throw InvalidJob(field: "command", problem: "is missing")
    }
    try self.init(
      id: fields.id, command: command, queue: fields.queue ?? defaults.queue,
      priority: fields.priority ?? defaults.priority, runAt: fields.runAt ?? defaults.runAt,
      timeout: fields.timeout ?? defaults.timeout,
      maxRetries: fields.maxRetries ?? defaults.maxRetries, backoffBase: fields.backoffBase,
      directory: defaults.absolute(fields.directory ?? defaults.directory),
      environment: defaults.environment + fields.environment)
  }

  /// The fields read so far.
  private struct Fields {
    var id: JobID?
    var command: String?
    var queue: String?
    var priority: Int?
    var runAt: Timestamp?
    var timeout: Duration?
    var maxRetries: Int?
    var backoffBase: Double?
    var directory: String?
    var environment: [EnvironmentVariable] = []

    mutating func read(
      _ field: JobField, from reader: inout JSONReader, defaults: JobDefaults
    ) throws {
      switch field {
      case .id: id = try JobID(try text(field, &reader))
      case .command: command = try text(field, &reader)
      case .queue: queue = try text(field, &reader)
      case .priority: priority = try integer(field, &reader)
      case .maxRetries: maxRetries = try integer(field, &reader)
      case .runAt: runAt = try time(field, &reader, defaults.time)
      case .timeout: timeout = try duration(field, &reader)
      case .backoffBase: backoffBase = try number(field, &reader)
      case .cwd: directory = try text(field, &reader)
      case .env: try readEnvironment(&reader)
      case .state:
        let state = try text(field, &reader)
        guard state == JobState.pending.rawValue else {
          throw InvalidJob(
            field: "state",
            problem: "of a new job can only be \"pending\", not \(SafeText.quoted(state))")
        }
      case .attempts:
        guard try integer(field, &reader) == 0 else {
          throw InvalidJob(field: "attempts", problem: "of a new job can only be 0")
        }
      case .createdAt, .updatedAt: _ = try text(field, &reader)
      case .startedAt, .finishedAt, .exitCode, .error, .worker, .progress, .message:
        throw InvalidJob(field: field.rawValue, problem: "is set by queuectl and can't be given")
      }
    }

    private func wrong(_ field: JobField, _ expected: String, _ reader: inout JSONReader) throws
      -> InvalidJob
    {
      let kind = try reader.peek()
      let found: String =
        switch kind {
        case .string: SafeText.quoted(try reader.readString())
        case .number: SafeText.inert(String(try reader.readNumber().text.prefix(40)))
        case .boolean: "\(try reader.readBoolean())"
        case .object, .array, .null: kind.rawValue
        }
      return InvalidJob(field: field.rawValue, problem: "must be \(expected), not \(found)")
    }

    private func text(_ field: JobField, _ reader: inout JSONReader) throws -> String {
      guard try reader.peek() == .string else { throw try wrong(field, "text", &reader) }
      return try reader.readString()
    }

    private func integer(_ field: JobField, _ reader: inout JSONReader) throws -> Int {
      var ahead = reader
      guard try reader.peek() == .number, let value = try ahead.readNumber().integer else {
        throw try wrong(field, "a whole number", &reader)
      }
      reader = ahead
      return value
    }

    private func number(_ field: JobField, _ reader: inout JSONReader) throws -> Double {
      var ahead = reader
      guard try reader.peek() == .number, let value = try ahead.readNumber().double else {
        throw try wrong(field, "a number", &reader)
      }
      reader = ahead
      return value
    }

    private func duration(_ field: JobField, _ reader: inout JSONReader) throws -> Duration {
      var ahead = reader
      let text: String? =
        switch try reader.peek() {
        case .string: try ahead.readString()
        case .number: try ahead.readNumber().text
        case .object, .array, .boolean, .null: nil
        }
      guard let text, let value = Duration(text: text) else {
        throw try wrong(field, "a number of seconds, or a duration like \"5m\"", &reader)
      }
      reader = ahead
      return value
    }

    private func time(_ field: JobField, _ reader: inout JSONReader, _ times: TimeText) throws
      -> Timestamp
    {
      var ahead = reader
      let text: String? =
        switch try reader.peek() {
        case .string: try ahead.readString()
        case .number: try ahead.readNumber().text
        case .object, .array, .boolean, .null: nil
        }
      guard let text, let value = times.parse(text) else {
        throw try wrong(field, TimeText.forms, &reader)
      }
      reader = ahead
      return value
    }

    private mutating func readEnvironment(_ reader: inout JSONReader) throws {
      guard try reader.peek() == .object else {
        throw try wrong(.env, "an object like {\"NAME\":\"value\"}", &reader)
      }
      var names: Set<String> = []
      var variables: [EnvironmentVariable] = []
      try reader.readObject { (name, reader) throws in
        guard names.insert(name).inserted else {
          throw InvalidJob(field: "env", problem: "has \(SafeText.quoted(name)) twice")
        }
        guard try reader.peek() == .string else {
          throw InvalidJob(
            field: "env", problem: "must have text as the value of \(SafeText.quoted(name))")
        }
        variables.append(try EnvironmentVariable(name: name, value: try reader.readString()))
      }
      environment = variables
    }
  }
}

extension Job {
  /// Writes the job as one object of JSON, every field in its place, `null` where there is nothing.
  /// - Parameter more: writes further members at its end.
  public func write(
    to writer: inout JSONWriter, adding more: (inout JSONWriter) -> Void = { _ in }
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
      json.field("timeout", timeout?.inSeconds)
      json.field("cwd", directory)
      json.key("env")
      json.object { json in
        for variable in environment {
          json.key(text: variable.name)
          json.value(variable.value)
        }
      }
      json.field("backoff_base", backoffBase)
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

extension JSONWriter {
  /// A key with text, or with `null`.
  public mutating func field(_ key: StaticString, _ text: String?) {
    self.key(key)
    if let text { value(text) } else { null() }
  }

  /// A key with a whole number, or with `null`.
  public mutating func field(_ key: StaticString, _ number: Int?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// A key with a number, or with `null`.
  public mutating func field(_ key: StaticString, _ number: Double?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  /// A key with a time, or with `null`.
  public mutating func field(_ key: StaticString, _ time: Timestamp?) {
    self.key(key)
    if let time { value(time) } else { null() }
  }
}
