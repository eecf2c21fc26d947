/// The fields of a schedule in JSON: which there are, and which a new schedule may have.
public enum ScheduleField: String, FieldName, Sendable {
  case name, cron, every, zone, anchor, from, until
  case timesLeft = "times_left"
  case spread, overlap, missed
  case missedLimit = "missed_limit"
  case late
  case pausedAt = "paused_at"
  case job
  case problem
  case nextAt = "next_at"
  case nextLocal = "next_local"
  case last, enqueued, skipped
  case missedCount = "missed_count"
  case skipsInRow = "skips_in_row"
  case failuresInRow = "failures_in_row"
  case successesInRow = "successes_in_row"
  case succeededAt = "succeeded_at"
  case occurrences

  static let otherNames: [String: ScheduleField] = [
    "command": .job, "cmd": .job, "interval": .every, "schedule": .cron, "start": .from,
    "end": .until, "times": .timesLeft, "timezone": .zone, "tz": .zone,
  ]
}
