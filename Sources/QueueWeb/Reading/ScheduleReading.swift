package import QueueCore

/// A schedule as its page shows it.
package struct ScheduleRow: Sendable {
  package let schedule: Schedule
  /// The latest time that has a job.
  package let last: Occurrence?

  static func all(in store: any ScheduleStore) throws(StoreError) -> [ScheduleRow] {
    var rows: [ScheduleRow] = []
    for schedule in try store.schedules() {
      let history = try store.occurrences(of: schedule.name, limit: Occurrence.keptCount)
      rows.append(ScheduleRow(schedule: schedule, last: history.first { $0.job != nil }))
    }
    return rows
  }
}
