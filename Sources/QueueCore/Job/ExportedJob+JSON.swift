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
    let fields = FieldReader(times: defaults.time)
    var asked: NewJob?
    var (state, runs): (JobState?, [Run]?)
    var (attempts, crashes, percent): (Int?, Int?, Double?)
    var (createdAt, updatedAt): (Timestamp?, Timestamp?)
    var message: String?
    try reader.readFields(of: "an exported job") { (field: Field, reader) throws in
      switch field {
      case .job: asked = try NewJob(from: &reader, defaults: defaults)
      case .state: state = try fields.choice(field, &reader)
      case .attempts: attempts = try fields.count(field, &reader)
      case .crashes: crashes = try fields.count(field, &reader)
      case .createdAt: createdAt = try fields.time(field, &reader)
      case .updatedAt: updatedAt = try fields.time(field, &reader)
      case .progress: percent = try fields.number(field, &reader)
      case .message: message = try fields.text(field, &reader)
      case .runs:
        var read: [Run] = []
        try reader.readArray { reader throws in
          read.append(try Run(from: &reader, times: defaults.time))
        }
        runs = read
      }
    }
    guard let asked, asked.id != nil, asked.maxRetries != nil else {
      throw InvalidJob(field: "job", problem: "must be given, with id and max_retries")
    }
    guard let runs else { throw InvalidJob(field: "runs", problem: "must be given, even if empty") }
    let known = try Field.state.required(state)
    try Self.check(runs, of: known)
    let progress = try percent.map { percent in
      try JobProgress(percent: "\(percent)", message: message)
    }
    self.init(
      asked: asked, state: known, attempts: try Field.attempts.required(attempts),
      crashes: try Field.crashes.required(crashes),
      createdAt: try Field.createdAt.required(createdAt),
      updatedAt: try Field.updatedAt.required(updatedAt), progress: progress, runs: runs)
  }

  private enum Field: String, FieldName {
    case job, state, attempts, crashes
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case progress, message, runs

    static func destination(of key: String) -> String? {
      JobField(rawValue: key).map { _ in "; new jobs are for \"queuectl enqueue\"" }
    }
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
