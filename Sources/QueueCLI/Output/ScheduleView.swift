import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// A schedule as `list`, `show`, `check` and `explain` describe it.
struct ScheduleView {
  /// With its whole history.
  let line: ScheduleLine
  /// Nil if it can't be read here, for ``zoneProblem``.
  let zone: ZoneRules?
  private let zoneProblem: InvalidJob?
  private let now: Timestamp

  init(_ schedule: Schedule, in session: Session, at now: Timestamp) throws {
    self.now = now
    do throws(InvalidJob) {
      zone = try session.zones.zone(schedule.spec.zone)
      zoneProblem = nil
    } catch {
      zone = nil
      zoneProblem = error
    }
    line = ScheduleLine(
      schedule,
      history: try session.store.occurrences(of: schedule.name, limit: Occurrence.keptCount),
      hasZone: zone != nil)
  }

  var schedule: Schedule { line.schedule }
  var history: [Occurrence] { line.history }
  var clock: ScheduleClock { ScheduleClock(schedule.spec, zone) }
  var next: String { line.next(at: now) }
  var isLate: Bool { line.isLate(at: now) }

  /// Why it enqueues nothing, or why its jobs don't complete; empty if it works.
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
    reasons(for: line.lateness(at: now).map { [.late($0)] } ?? [], surroundings)
  }

  private func facts(_ surroundings: ScheduleSurroundings) -> ScheduleFacts {
    var facts = ScheduleFacts(
      schedule, zoneProblem: zoneProblem, history: history,
      workerCount: surroundings.workers.count,
      isServed: surroundings.workers.contains { worker in
        worker.queues.isEmpty || worker.queues.contains(schedule.spec.job.queue)
      }, restart: surroundings.restart, controls: surroundings.controls)
    facts.areDraining = surroundings.areDraining
    return facts
  }

  var cells: [Table.Cell] {
    let isInterval = if case .every = schedule.spec.timing { true } else { false }
    let missed = schedule.tally.missed
    return [
      .init(schedule.name), .init(line.when), .init(isInterval ? "-" : schedule.spec.zone),
      .init(next), .init(line.last.map { clock.text($0.at) } ?? "-"),
      .init(line.result, as: line.last?.job?.state), .init(line.streak),
      .init(missed > 0 ? "\(missed)" : "-"),
    ]
  }
}

/// The workers and the pauses of queues, which schedules depend on.
struct ScheduleSurroundings {
  /// The running workers.
  let workers: [WorkerRecord]
  let areDraining: Bool
  let restart: Duration?
  let controls: QueueControls

  init(of session: Session, at now: Moment) throws {
    workers = try WorkerView.all(in: session, at: now).filter { $0.condition != .lost }
      .map(\.record)
    let supervisors = KnownSupervisors(in: session)
    areDraining = supervisors.drain(workers)
    restart = supervisors.restart(serving: nil, at: now)
    controls = try session.store.queueControls()
  }
}

extension ScheduleExplanation.Reason {
  /// For a schedule whose row is damaged.
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
