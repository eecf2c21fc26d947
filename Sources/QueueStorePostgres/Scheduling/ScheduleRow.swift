import QueueCore

/// The table `schedules`: its columns, bound and read.
enum ScheduleRow {
  /// Its columns in the table's order, except the id, which comes first there.
  static let columns = [
    "name", "zone", "spec", "offset_ms", "paused_at", "problem", "next_at", "last_at", "turn",
    "revision", "enqueued", "skipped", "missed", "skips_in_row", "failures_in_row",
    "successes_in_row", "succeeded_at", "created_at", "updated_at",
  ]

  /// The values of ``columns``.
  static func parameters(_ schedule: Schedule) -> Parameters {
    let (spec, tally) = (schedule.spec, schedule.tally)
    var json = JSONWriter()
    spec.write(to: &json)
    return Parameters(
      schedule.name, spec.zone, String(decoding: json.bytes, as: UTF8.self), schedule.offset,
      schedule.pausedAt, schedule.problem, schedule.nextAt, schedule.lastAt, schedule.turn,
      schedule.revision, tally.enqueued, tally.skipped, tally.missed, tally.skipsInRow,
      tally.failuresInRow, tally.successesInRow, tally.succeededAt, schedule.createdAt,
      schedule.updatedAt)
  }

  /// Reads a row of all columns.
  /// - Throws: `corrupt`.
  static func read(_ row: Row) throws(StoreError) -> Schedule {
    do {
      var json = JSONReader(Array(row.text(3).utf8))
      var schedule = Schedule(
        id: ScheduleID(row.int64(0)), name: row.text(1), try ScheduleSpec(stored: &json),
        offset: .milliseconds(row.int64(4)), createdAt: row.timestamp(18))
      schedule.pausedAt = row.optionalTimestamp(5)
      schedule.problem = row.optionalText(6)
      schedule.nextAt = row.optionalTimestamp(7)
      schedule.lastAt = row.optionalTimestamp(8)
      schedule.turn = row.int(9)
      schedule.revision = row.int(10)
      schedule.tally.enqueued = row.int(11)
      schedule.tally.skipped = row.int(12)
      schedule.tally.missed = row.int(13)
      schedule.tally.skipsInRow = row.int(14)
      schedule.tally.failuresInRow = row.int(15)
      schedule.tally.successesInRow = row.int(16)
      schedule.tally.succeededAt = row.optionalTimestamp(17)
      schedule.updatedAt = row.timestamp(19)
      return schedule
    } catch {
      throw StoreError(.corrupt, "schedule \(quoted: row.text(1)) is damaged: \(error)")
    }
  }

  /// Reads a row of all columns, damaged or not.
  static func result(_ row: Row) -> Result<Schedule, DamagedRow> {
    do throws(StoreError) {
      return .success(try read(row))
    } catch {
      return .failure(
        DamagedRow(
          schedule: DamagedSchedule(
            id: ScheduleID(row.int64(0)), name: row.text(1), problem: error.message)))
    }
  }
}

struct DamagedRow: Error {
  let schedule: DamagedSchedule
}

extension Result<Schedule, DamagedRow> {
  var damage: DamagedSchedule? {
    if case .failure(let row) = self { row.schedule } else { nil }
  }
}

/// The table `occurrences`: its columns, bound and read.
enum OccurrenceRow {
  /// Reads ``Occurrence`` from the columns that `occurrences(of:limit:)` selects.
  static func read(_ row: Row) -> Occurrence {
    var occurrence = Occurrence(
      at: row.timestamp(1), Occurrence.Fate(rawValue: row.text(2)) ?? .missed, turn: row.int(0),
      through: row.optionalTimestamp(3), times: row.int(4))
    guard let id = row.optionalText(5), let time = row.optionalTimestamp(6) else {
      return occurrence
    }
    var job = Occurrence.Enqueued(JobID(trusted: id), at: time)
    job.state = JobState(rawValue: row.text(7)) ?? .pending
    job.exitCode = row.optionalInt(8)
    job.ran = row.optionalDuration(9)
    job.endedAt = row.optionalTimestamp(10)
    occurrence.job = job
    return occurrence
  }
}
