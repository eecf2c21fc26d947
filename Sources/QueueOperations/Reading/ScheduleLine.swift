package import QueueCore

/// A schedule in a list, for the command line and the screen.
package struct ScheduleLine: Equatable, Sendable {
  package var schedule: Schedule
  /// Entries of its history, newest first.
  package var history: [Occurrence]
  /// Whether its zone file can be read here.
  package var hasZone: Bool

  package init(_ schedule: Schedule, history: [Occurrence] = [], hasZone: Bool = true) {
    self.schedule = schedule
    self.history = history
    self.hasZone = hasZone
  }

  /// Creates a line that knows only the latest entry with a job.
  package init(_ schedule: Schedule, last: Occurrence?) {
    self.init(schedule, history: last.map { [$0] } ?? [])
  }

  /// More schedules than these aren't listed.
  package static let most = 1000
  /// Entries of history read per schedule, to find its latest job.
  private static let lookedThrough = 5

  /// Reads the schedules, by name.
  package static func read(
    from store: any ScheduleStore, canRead: (_ zone: String) -> Bool = { _ in true }
  ) throws(StoreError) -> [ScheduleLine] {
    var lines: [ScheduleLine] = []
    for schedule in try store.schedules().prefix(most) {
      let history = try store.occurrences(of: schedule.name, limit: lookedThrough)
      lines.append(
        ScheduleLine(schedule, history: history, hasZone: canRead(schedule.spec.zone)))
    }
    return lines
  }

  // MARK: Texts

  /// The latest entry with a job; nil if `history` has none.
  package var last: Occurrence? { history.first { $0.job != nil } }

  /// How late it is; nil if it isn't late enough to be shown as such.
  package func lateness(at now: Timestamp) -> Duration? {
    for case .late(let late) in schedule.faults(.display, at: now) { return late }
    return nil
  }

  /// Whether it is late enough to be shown as such.
  package func isLate(at now: Timestamp) -> Bool { lateness(at: now) != nil }

  /// The cron expression, or the interval in words.
  package var when: String {
    switch schedule.spec.timing {
    case .cron(let cron): cron.text
    case .every: schedule.spec.timing.words
    }
  }

  /// The time until it enqueues: `in 5h12m`, `now`, `LATE 2h00m`, `NO ZONE`, `paused`, `ended`.
  package func next(
    at now: Timestamp, _ text: (Duration) -> String = { $0.brief }
  ) -> String {
    if schedule.pausedAt != nil { return "paused" }
    guard let next = schedule.nextAt else { return "ended" }
    if let late = lateness(at: now) { return hasZone ? "LATE \(text(late))" : "NO ZONE" }
    return next > now ? "in \(text(next - now))" : "now"
  }

  /// Why it is broken, or which job has its times skipped, else how its latest job stands or ended;
  /// `-` without one.
  package var result: String {
    if schedule.problem != nil { return "BROKEN" }
    if let job = skippingJob { return "SKIPPED: \(job.id) is unfinished" }
    return last?.job.map { Self.text(of: $0) } ?? "-"
  }

  /// The unfinished job because of which times are skipped; nil if none are, or if it has ended.
  package var skippingJob: Occurrence.Enqueued? {
    schedule.tally.skipsInRow > 0 ? history.unfinishedJob : nil
  }

  /// How an occurrence's job stands or ended.
  package static func text(
    of job: Occurrence.Enqueued, _ text: (Duration) -> String = { $0.brief }
  ) -> String {
    switch job.state {
    case .completed: "completed" + (job.ran.map { " in \(text($0))" } ?? "")
    case .dead: "dead" + (job.exitCode.map { ": exit status \($0)" } ?? "")
    case .pending, .processing, .failed, .cancelled: job.state.rawValue
    }
  }

  /// How many times in a row it was skipped, or its jobs failed or completed: `SKIP 14`, `FAIL 3`,
  /// `ok 12`, `-`.
  package var streak: String {
    let tally = schedule.tally
    if tally.skipsInRow > 0 { return "SKIP \(tally.skipsInRow)" }
    if tally.failuresInRow > 0 { return "FAIL \(tally.failuresInRow)" }
    guard tally.succeededAt != nil else { return "-" }
    return tally.successesInRow > 0 ? "ok \(tally.successesInRow)" : "ok"
  }

  /// Whether an operator should look at it.
  package func isAlarming(at now: Timestamp) -> Bool {
    isLate(at: now) || schedule.problem != nil || schedule.tally.failuresInRow > 0
  }
}
