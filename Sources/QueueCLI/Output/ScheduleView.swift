import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// A schedule as `list`, `show`, `check` and `explain` describe it.
struct ScheduleView {
  let schedule: Schedule
  /// Nil if it can't be read here, for ``zoneProblem``.
  let zone: ZoneRules?
  private let zoneProblem: InvalidJob?
  /// Newest first.
  let history: [Occurrence]
  private let now: Timestamp

  init(_ schedule: Schedule, in session: Session, at now: Timestamp) throws {
    self.schedule = schedule
    self.now = now
    do throws(InvalidJob) {
      zone = try session.zones.zone(schedule.spec.zone)
      zoneProblem = nil
    } catch {
      zone = nil
      zoneProblem = error
    }
    history = try session.store.occurrences(of: schedule.name, limit: Occurrence.keptCount)
  }

  /// The latest time that has a job.
  var last: Occurrence? { history.first { $0.job != nil } }

  var clock: ScheduleClock { ScheduleClock(schedule.spec, zone) }

  var isLate: Bool { lateness != nil }

  private var lateness: Duration? {
    for case .late(let late) in schedule.faults(.display, at: now) { return late }
    return nil
  }

  /// Why it enqueues nothing, or its jobs don't complete; empty if nothing is in the way.
  func reasons(_ surroundings: ScheduleSurroundings) -> [ScheduleExplanation.Reason] {
    ScheduleExplanation(facts(surroundings), at: now, clock: clock.text).reasons
  }

  /// The reasons for faults that were found.
  func reasons(
    for faults: [ScheduleFault], _ surroundings: ScheduleSurroundings
  ) -> [ScheduleExplanation.Reason] {
    ScheduleExplanation.reasons(of: faults, facts(surroundings), clock: clock.text)
  }

  /// Why it is late; empty if it isn't.
  func lateReasons(_ surroundings: ScheduleSurroundings) -> [ScheduleExplanation.Reason] {
    reasons(for: lateness.map { [.late($0)] } ?? [], surroundings)
  }

  private func facts(_ surroundings: ScheduleSurroundings) -> ScheduleFacts {
    ScheduleFacts(
      schedule, zoneProblem: zoneProblem, history: history,
      workerCount: surroundings.workers.count,
      isServed: surroundings.workers.contains { worker in
        worker.queues.isEmpty || worker.queues.contains(schedule.spec.job.queue)
      }, restart: surroundings.restart, controls: surroundings.controls)
  }

  var when: String {
    switch schedule.spec.timing {
    case .cron(let cron): cron.text
    case .every: schedule.spec.timing.words
    }
  }

  var next: String {
    if schedule.pausedAt != nil { return "paused" }
    guard let next = schedule.nextAt else { return "ended" }
    if let lateness { return zone == nil ? "NO ZONE" : "LATE \(lateness.brief)" }
    return next > now ? "in \((next - now).brief)" : "now"
  }

  private var result: String {
    if schedule.problem != nil { return "BROKEN" }
    let skips = schedule.tally.skipsInRow
    if skips > 0 {
      let cause = history.unfinishedJob.map { ": \($0.id) is unfinished" } ?? ""
      return "SKIPPED \(skips)\(cause)"
    }
    return last?.job.map(Self.text) ?? "-"
  }

  private var streak: String {
    let tally = schedule.tally
    if tally.failuresInRow > 0 { return "FAIL \(tally.failuresInRow)" }
    guard tally.succeededAt != nil else { return "-" }
    return tally.successesInRow > 0 ? "ok \(tally.successesInRow)" : "ok"
  }

  static func text(of job: Occurrence.Enqueued) -> String {
    switch job.state {
    case .completed: "completed" + (job.ran.map { " in \($0.brief)" } ?? "")
    case .dead: "dead" + (job.exitCode.map { ": exit status \($0)" } ?? "")
    case .pending, .processing, .failed, .cancelled: job.state.rawValue
    }
  }

  var cells: [Table.Cell] {
    let isInterval = if case .every = schedule.spec.timing { true } else { false }
    let missed = schedule.tally.missed
    return [
      .init(schedule.name), .init(when), .init(isInterval ? "-" : schedule.spec.zone),
      .init(next), .init(last.map { clock.text($0.at) } ?? "-"),
      .init(result, as: last?.job?.state), .init(streak), .init(missed > 0 ? "\(missed)" : "-"),
    ]
  }
}

/// What schedules depend on besides themselves.
struct ScheduleSurroundings {
  /// Those that run.
  let workers: [WorkerRecord]
  let restart: Duration?
  let controls: QueueControls

  init(of session: Session, at now: Moment) throws {
    workers = try WorkerView.all(in: session, at: now).filter { $0.condition != .lost }
      .map(\.record)
    restart = KnownSupervisors(in: session).restart(serving: nil, at: now)
    controls = try session.store.queueControls()
  }
}

extension ScheduleExplanation.Reason {
  /// For a schedule whose row can't be understood.
  init(damaged schedule: DamagedSchedule) {
    self.init(word: "damaged", text: schedule.problem, advice: "queuectl doctor")
  }

  /// The reason with its remedy, for one line.
  var hint: String { text + (advice.map { ": \"\($0)\"" } ?? "") }

  /// Writes its members.
  func write(to json: inout JSONWriter) {
    json.field("reason", word)
    json.field("text", text)
    json.field("try", advice)
  }
}
