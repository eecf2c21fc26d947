package import QueueCore
package import QueueOperations

/// The content of a schedule's page.
package struct ScheduleDetail: Sendable {
  package let line: ScheduleLine
  /// Its next times; empty if its zone is unreadable or it has ended.
  package let next: [Timestamp]
  /// Newest first.
  package let history: [Occurrence]
  /// Why it doesn't enqueue, or its jobs don't complete.
  package let reasons: [ScheduleExplanation.Reason]
  /// Writes times in the schedule's zone.
  package let clock: @Sendable (Timestamp) -> String

  private static let nextCount = 5

  /// - Throws: `notFound` unless a schedule has that name.
  init(
    _ name: String, _ store: any JobStore, _ frame: Frame, host: MonitorDependencies
  ) throws(StoreError) {
    let schedule = try store.schedule(name)
    let history = try store.occurrences(of: schedule.name, limit: Occurrence.keptCount)
    let zone = Result { () throws(InvalidJob) in try host.zone(schedule.spec.zone) }
    let rules = try? zone.get()
    let offset = host.utcOffsetSeconds
    let queue = schedule.spec.job.queue
    let supervisors = KnownSupervisors(host.supervisors)
    var facts = ScheduleFacts(
      schedule, history: history, workerCount: frame.present.count,
      isServed: frame.present.contains {
        $0.record.queues.isEmpty || $0.record.queues.contains(queue)
      }, restart: supervisors.restart(serving: nil, at: frame.now),
      controls: frame.controls)
    facts.areDraining = supervisors.drain(frame.present.map(\.record))
    if case .failure(let problem) = zone { facts.zoneProblem = problem }
    let clock: @Sendable (Timestamp) -> String = { time in
      ScheduleClock(schedule.spec, rules, localOffset: offset).text(time)
    }
    line = ScheduleLine(schedule, last: history.first { $0.job != nil })
    next =
      schedule.pausedAt == nil
      ? rules.map { schedule.times(in: $0, atMost: Self.nextCount) } ?? [] : []
    self.history = history
    reasons = ScheduleExplanation(facts, at: frame.now.wall, clock: clock).reasons
    self.clock = clock
  }
}
