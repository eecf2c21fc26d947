extension NewSchedule {
  /// Reads a schedule from an object of JSON.
  ///
  /// It needs `name`, `job`, and either `cron` or `every`. Unknown and
  /// repeated fields are refused, and so are those that queuectl sets.
  /// - Parameters:
  ///   - zone: the default zone.
  ///   - jobs: the defaults of its job.
  /// - Throws: ``JSONError`` for text that isn't JSON, ``InvalidJob`` for an invalid schedule.
  public init(from reader: inout JSONReader, zone: String, jobs: JobDefaults) throws {
    guard try reader.peek() == .object else {
      throw InvalidJob(
        field: "a schedule", problem: "must be a JSON object, not \(try reader.peek().rawValue)")
    }
    var fields = Fields(jobs: jobs)
    try reader.readFields(of: "a schedule") { (field: ScheduleField, reader) throws in
      try fields.read(field, from: &reader)
    }
    self = try fields.schedule(zone: zone)
  }

  /// Writes it as ``init(from:zone:jobs:)`` reads it, the values of its job's variables included.
  public func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("name", name)
      spec.writeMembers(to: &json)
      json.field("paused_at", pausedAt)
      spec.writeJob(to: &json, showsVariables: true)
    }
  }
}

extension ScheduleSpec {
  /// Writes the definition alone, for a store.
  public func write(to writer: inout JSONWriter) {
    writer.object { json in
      writeMembers(to: &json)
      writeJob(to: &json, showsVariables: true)
    }
  }

  /// Reads a definition that ``write(to:)`` wrote and that was checked then. Its values aren't
  /// checked again: rules may have changed since.
  /// - Throws: ``JSONError``, or ``InvalidJob`` for text that isn't a definition.
  public init(stored reader: inout JSONReader) throws {
    var fields = Fields(jobs: nil)
    try reader.readFields(of: "a schedule") { (field: ScheduleField, reader) throws in
      try fields.read(field, from: &reader)
    }
    self = try fields.spec(zone: nil)
  }
}

/// The fields of a schedule that were read so far.
private struct Fields {
  /// Nil for a stored schedule, whose job needs none.
  private let jobs: JobDefaults?
  private let values: FieldReader
  private var name: String?
  private var timing: Timing?
  private var zone: String?
  private var job: JobSpec?
  private var pausedAt: Timestamp?
  /// All else, put in when timing and job are known.
  private var changes: [(inout ScheduleSpec) -> Void] = []

  init(jobs: JobDefaults?) {
    self.jobs = jobs
    values = FieldReader(times: jobs?.time ?? .stored)
  }

  func schedule(zone: String) throws(InvalidJob) -> NewSchedule {
    try NewSchedule(
      name: try ScheduleField.name.required(name), try spec(zone: zone), pausedAt: pausedAt)
  }

  /// - Parameter zone: the default zone; nil if the JSON must name one.
  func spec(zone: String?) throws(InvalidJob) -> ScheduleSpec {
    guard let timing else { throw InvalidJob(field: "cron", problem: "or every is missing") }
    var spec = ScheduleSpec(
      timing, zone: try ScheduleField.zone.required(self.zone ?? zone),
      job: try ScheduleField.job.required(job))
    for change in changes { change(&spec) }
    return spec
  }

  mutating func read(_ field: ScheduleField, from reader: inout JSONReader) throws {
    switch field {
    case .name: name = try values.text(field, &reader)
    case .cron: try take(.cron(try CronExpression(try values.text(field, &reader))))
    case .every: try take(.every(try Interval(try values.duration(field, &reader))))
    case .job:
      job = try jobs.map { try Self.readJob(from: &reader, $0) } ?? JobSpec(stored: &reader)
    case .pausedAt: pausedAt = try values.time(field, &reader)
    case .zone: zone = try values.text(field, &reader)
    case .anchor: set(\.anchor, try values.time(field, &reader))
    case .from: set(\.from, try values.time(field, &reader))
    case .until: set(\.until, try values.time(field, &reader))
    case .timesLeft: set(\.timesLeft, try values.integer(field, &reader))
    case .spread: set(\.spread, try values.duration(field, &reader))
    case .overlap: set(\.overlap, try values.choice(field, &reader))
    case .missed: set(\.missed, try values.choice(field, &reader))
    case .missedLimit: set(\.missedLimit, try values.integer(field, &reader))
    case .late: set(\.late, try values.duration(field, &reader))
    case .problem, .nextAt, .nextLocal, .last, .enqueued, .skipped, .missedCount, .skipsInRow,
      .failuresInRow, .successesInRow, .succeededAt, .occurrences:
      throw InvalidJob(field: field.rawValue, problem: "is set by queuectl and can't be given")
    }
  }

  private mutating func set<Value>(_ part: WritableKeyPath<ScheduleSpec, Value>, _ value: Value) {
    changes.append { $0[keyPath: part] = value }
  }

  private mutating func take(_ given: Timing) throws(InvalidJob) {
    guard timing == nil else {
      throw InvalidJob(field: "every", problem: "can't be combined with cron")
    }
    timing = given
  }

  /// Reads the job; id and prerequisites belong to a single run.
  private static func readJob(
    from reader: inout JSONReader, _ defaults: JobDefaults
  ) throws -> JobSpec {
    let job = try NewJob(from: &reader, defaults: defaults)
    guard job.id == nil else {
      throw InvalidJob(field: "id", problem: "can't be given: each job of a schedule gets its own")
    }
    guard job.prerequisites.isEmpty else {
      throw InvalidJob(field: "after", problem: "can't be given for a schedule's job")
    }
    return job.spec
  }
}
