package import QueueCore

/// A schedule as it is shown among others.
package struct ScheduleLine: Equatable, Sendable {
  package var schedule: Schedule
  /// The job of its latest time that got one, as history has it; nil for none.
  package var last: Occurrence?

  package init(_ schedule: Schedule, last: Occurrence? = nil) {
    self.schedule = schedule
    self.last = last
  }

  /// More schedules than these aren't listed.
  package static let most = 1000
  /// So many entries of history are looked through for a job.
  private static let lookedThrough = 5

  /// The schedules, by name.
  package static func read(from store: any ScheduleStore) throws(StoreError) -> [ScheduleLine] {
    var lines: [ScheduleLine] = []
    for schedule in try store.schedules().prefix(most) {
      let history = try store.occurrences(of: schedule.name, limit: lookedThrough)
      lines.append(ScheduleLine(schedule, last: history.first { $0.job != nil }))
    }
    return lines
  }

  // MARK: Texts

  package func isLate(at now: Timestamp) -> Bool {
    schedule.faults(.display, at: now).contains { if case .late = $0 { true } else { false } }
  }

  /// The cron expression, or the interval in words.
  package var when: String {
    switch schedule.spec.timing {
    case .cron(let cron): cron.text
    case .every: schedule.spec.timing.words
    }
  }

  package func next(at now: Timestamp) -> String {
    if schedule.pausedAt != nil { return "paused" }
    guard let next = schedule.nextAt else { return "ended" }
    if isLate(at: now) { return "LATE \(Format.elapsed(now - next))" }
    return next > now ? "in \(Format.elapsed(next - now))" : "now"
  }

  /// The outcome of its latest job, without details.
  package var result: String {
    if schedule.problem != nil { return "BROKEN" }
    guard let job = last?.job else { return "-" }
    return job.state == .completed ? job.state.rawValue : Self.text(of: job)
  }

  /// How an occurrence's job stands or ended.
  package static func text(of job: Occurrence.Enqueued) -> String {
    switch job.state {
    case .completed: "completed" + (job.ran.map { " in \(Format.span($0))" } ?? "")
    case .dead: "dead" + (job.exitCode.map { ": exit \($0)" } ?? "")
    case .pending, .processing, .failed, .cancelled: job.state.rawValue
    }
  }

  /// How many times in a row it was skipped, failed or completed.
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
