import QueueCore

/// The table `schedules`: its columns, bound and read.
enum ScheduleRow {
  /// Its columns in the table's order, except the id, which comes first there.
  static let columns = [
    "name", "timing", "zone", "anchor", "job", "overlap", "missed", "missed_limit", "late_ms",
    "spread_ms", "offset_ms", "starts_at", "ends_at", "times_left", "paused_at", "problem",
    "next_at", "last_at", "turn", "revision", "enqueued", "skipped", "missed_count",
    "skips_in_row", "failures_in_row", "succeeded_at", "created_at", "updated_at",
  ]

  /// The values of ``columns``.
  static func values(_ schedule: Schedule) -> [any SQLValue] {
    let (spec, tally) = (schedule.spec, schedule.tally)
    return [
      schedule.name, spec.timing.stored, spec.zone, spec.anchor, JobText.encode(spec.job),
      spec.overlap.rawValue, spec.missed.rawValue, spec.missedLimit, spec.late, spec.spread,
      schedule.offset, spec.from, spec.until, spec.timesLeft, schedule.pausedAt, schedule.problem,
      schedule.nextAt, schedule.lastAt, schedule.turn, schedule.revision, tally.enqueued,
      tally.skipped, tally.missed, tally.skipsInRow, tally.failuresInRow, tally.succeededAt,
      schedule.createdAt, schedule.updatedAt,
    ]
  }

  /// Reads a row of all columns.
  /// - Throws: `corrupt`.
  static func read(_ row: Statement) throws(StoreError) -> Schedule {
    do {
      var spec = ScheduleSpec(
        try Timing(stored: row.text(2)), zone: row.text(3), job: try JobText.decode(row.text(5)))
      spec.anchor = optionalTime(row, 4)
      spec.overlap = try word(row, 6)
      spec.missed = try word(row, 7)
      spec.missedLimit = row.int(8)
      spec.late = row.optionalInt64(9).map { .milliseconds($0) }
      spec.spread = .milliseconds(row.int64(10))
      spec.from = optionalTime(row, 12)
      spec.until = optionalTime(row, 13)
      spec.timesLeft = row.optionalInt64(14).map(Int.init)
      var schedule = Schedule(
        id: ScheduleID(row.int64(0)), name: row.text(1), spec,
        offset: .milliseconds(row.int64(11)), createdAt: row.timestamp(27))
      schedule.pausedAt = optionalTime(row, 15)
      schedule.problem = row.optionalText(16)
      schedule.nextAt = optionalTime(row, 17)
      schedule.lastAt = optionalTime(row, 18)
      schedule.turn = row.int(19)
      schedule.revision = row.int(20)
      schedule.tally.enqueued = row.int(21)
      schedule.tally.skipped = row.int(22)
      schedule.tally.missed = row.int(23)
      schedule.tally.skipsInRow = row.int(24)
      schedule.tally.failuresInRow = row.int(25)
      schedule.tally.succeededAt = optionalTime(row, 26)
      schedule.updatedAt = row.timestamp(28)
      return schedule
    } catch {
      throw StoreError(.corrupt, "schedule \(quoted: row.text(1)) is damaged: \(error)")
    }
  }

  static func optionalTime(_ row: Statement, _ column: Int32) -> Timestamp? {
    row.isNull(column) ? nil : row.timestamp(column)
  }

  private static func word<Word: RawRepresentable<String>>(
    _ row: Statement, _ column: Int32
  ) throws -> Word {
    guard let word = Word(rawValue: row.text(column)) else {
      throw StoreError(.corrupt, "\(quoted: row.text(column)) is unknown")
    }
    return word
  }
}

/// The job of a schedule in one column: JSON, so that a field added to jobs needs no second column.
enum JobText {
  static func encode(_ job: JobSpec) -> String {
    var writer = JSONWriter()
    job.write(to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// - Throws: ``JSONError`` or ``InvalidJob``.
  static func decode(_ text: String) throws -> JobSpec {
    var reader = JSONReader(Array(text.utf8))
    return try JobSpec(stored: &reader)
  }
}

/// The table `occurrences`: its columns, bound and read.
enum OccurrenceRow {
  /// Reads ``Occurrence`` from the columns that `occurrences(of:limit:)` selects.
  static func read(_ row: Statement) -> Occurrence {
    var occurrence = Occurrence(
      at: row.timestamp(1), Occurrence.Fate(rawValue: row.text(2)) ?? .missed, turn: row.int(0),
      through: ScheduleRow.optionalTime(row, 3), times: row.int(4))
    guard let id = row.optionalText(5), let time = ScheduleRow.optionalTime(row, 6) else {
      return occurrence
    }
    var job = Occurrence.Enqueued(JobID(trusted: id), at: time)
    job.state = JobState(rawValue: row.text(7)) ?? .pending
    job.exitCode = row.optionalInt64(8).map(Int.init)
    job.ran = row.optionalInt64(9).map { .milliseconds($0) }
    job.endedAt = ScheduleRow.optionalTime(row, 10)
    occurrence.job = job
    return occurrence
  }
}

extension ScheduleID: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) { number.bind(to: statement, at: index) }
}
