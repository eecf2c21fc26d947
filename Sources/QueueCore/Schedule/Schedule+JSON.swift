extension Schedule {
  /// Writes the schedule as one JSON object with all fields, `null` for missing values.
  /// - Parameters:
  ///   - zone: the schedule's; nil if it can't be read, which omits `next_local`.
  ///   - last: the latest occurrence that has a job.
  ///   - occurrences: its history, newest first; nil to omit it.
  ///   - showsVariables: whether the values of its job's variables, which may be secrets, are
  ///     written; else there is `null` for each.
  public func write(
    to writer: inout JSONWriter, in zone: ZoneRules?, last: Occurrence? = nil,
    occurrences: [Occurrence]? = nil, showsVariables: Bool = false
  ) {
    writer.object { json in
      json.field("name", name)
      spec.writeMembers(to: &json)
      json.field("paused_at", pausedAt)
      json.field("problem", problem)
      json.field("next_at", nextAt)
      json.field("next_local", nextAt.flatMap { next in zone.map { $0.iso8601(next) } })
      json.key("last")
      if let last { last.write(to: &json, offset: offset) } else { json.null() }
      json.field("enqueued", tally.enqueued)
      json.field("skipped", tally.skipped)
      json.field("missed_count", tally.missed)
      json.field("skips_in_row", tally.skipsInRow)
      json.field("failures_in_row", tally.failuresInRow)
      json.field("successes_in_row", tally.successesInRow)
      json.field("succeeded_at", tally.succeededAt)
      spec.writeJob(to: &json, showsVariables: showsVariables)
      guard let occurrences else { return }
      json.key("occurrences")
      json.array { json in
        for occurrence in occurrences { occurrence.write(to: &json, offset: offset) }
      }
    }
  }
}

extension ScheduleSpec {
  /// Writes it as members of an object, all but its job.
  func writeMembers(to json: inout JSONWriter) {
    switch timing {
    case .cron(let cron): json.field("cron", cron.text)
    case .every(let interval): json.field("every", interval.length.inSeconds)
    }
    json.field("zone", zone)
    json.field("anchor", anchor)
    json.field("from", from)
    json.field("until", until)
    json.field("times_left", timesLeft)
    json.field("spread", spread.inSeconds)
    json.field("overlap", overlap.rawValue)
    json.field("missed", missed.rawValue)
    json.field("missed_limit", missedLimit)
    json.field("late", late?.inSeconds)
  }

  func writeJob(to json: inout JSONWriter, showsVariables: Bool) {
    json.key("job")
    job.write(to: &json, showsVariables: showsVariables)
  }
}

extension JobSpec {
  /// Writes a job that has neither id nor prerequisites, as `enqueue` takes it.
  /// - Parameter showsVariables: whether the values of its variables, which may be secrets, are
  ///   written; else there is `null` for each.
  public func write(to writer: inout JSONWriter, showsVariables: Bool = true) {
    writer.object { json in
      json.field("command", command)
      json.field("max_retries", maxRetries)
      writeMembers(to: &json, prerequisites: [], showsVariables: showsVariables)
    }
  }

  /// Reads a job that ``write(to:showsVariables:)`` wrote and that was checked then. Its values
  /// aren't checked again: rules may have changed since.
  /// - Throws: ``JSONError``, or ``InvalidJob`` for text that isn't a job's.
  public init(stored reader: inout JSONReader) throws {
    self.init(command: "")
    let values = FieldReader(times: .stored)
    var spec = self
    try reader.readFields(of: "a job") { (field: JobField, reader) throws in
      guard try !spec.read(field, from: &reader, by: values, absolute: { $0 }) else { return }
      try reader.skipValue()
    }
    self = spec
  }
}
