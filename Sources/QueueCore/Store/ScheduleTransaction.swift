/// What a store in tables reads and writes for a schedule within a transaction. Which jobs the
/// schedule gets is decided here, for all such stores alike.
package protocol ScheduleTransaction {
  /// Whether the history has an entry for a time of the schedule's turn.
  func hasOccurrence(of schedule: Schedule, at time: Timestamp) throws(StoreError) -> Bool
  /// The pending, processing and failed jobs of a schedule, in the order of arrival.
  func unfinishedJobs(of schedule: ScheduleID) throws(StoreError) -> [UnfinishedJob]
  /// Cancels waiting jobs, and marks running ones for their workers.
  func cancel(_ jobs: [UnfinishedJob], at now: Moment) throws(StoreError)
  /// Stores a job as `enqueue` does.
  /// - Returns: the sequence number, too; nil if the job isn't stored.
  func insert(
    _ job: NewJob, settings: Settings, at now: Moment
  ) throws(StoreError) -> (result: EnqueueResult, sequence: Int64?)
  /// Links a job that was just inserted to its schedule, and adds it to the history.
  func link(
    _ new: NewJob, _ id: JobID, _ sequence: Int64, to schedule: Schedule, _ due: ScheduleMove.Due,
    _ fate: Occurrence.Fate, at now: Moment
  ) throws(StoreError)
  /// Adds an entry to the history.
  /// - Parameter sequence: the entry's job.
  func keep(_ occurrence: Occurrence, of id: ScheduleID, sequence: Int64?) throws(StoreError)
}

/// A pending, processing or failed job of a schedule.
package struct UnfinishedJob {
  package let id: JobID
  package let state: JobState
  package let sequence: Int64

  package init(id: JobID, state: JobState, sequence: Int64) {
    self.id = id
    self.state = state
    self.sequence = sequence
  }
}

extension ScheduleTransaction {
  /// Stores the job of one time, unless an unfinished one prevents it: by the policy for overlaps,
  /// or by its unique key, which a job that is being cancelled keeps until its end.
  package func enqueue(
    _ due: ScheduleMove.Due, _ advance: inout ScheduleAdvance, settings: Settings, at now: Moment
  ) throws(StoreError) {
    let schedule = advance.schedule
    guard try !hasOccurrence(of: schedule, at: due.at) else { return }
    let unfinished = try unfinishedJobs(of: schedule.id)
    let step = schedule.spec.overlap.step(
      unfinished: unfinished.count, pending: unfinished.count { $0.state == .pending })
    let new: NewJob
    do throws(InvalidJob) {
      new = try schedule.job(for: due, after: step.waitsForEarlier ? unfinished.map(\.id) : [])
    } catch {
      advance.schedule.countInvalid(error)
      let entry = Occurrence(at: due.at, .missed, turn: schedule.turn)
      return try keep(entry, of: schedule.id, sequence: nil)
    }
    if step == .cancelAndEnqueue { try cancel(unfinished, at: now) }
    if step != .skip, let job = try store(new, of: schedule, due, settings, at: now) {
      advance.schedule.countEnqueued()
      advance.enqueued.append(ScheduleAdvance.Enqueued(due: due, job: job))
    } else {
      advance.schedule.countSkipped()
      advance.skipped.append(due.at)
      let entry = Occurrence(at: due.at, .skipped, turn: schedule.turn)
      try keep(entry, of: schedule.id, sequence: nil)
    }
  }

  /// - Returns: nil, and nothing changed, when an unfinished job has its key.
  private func store(
    _ new: NewJob, of schedule: Schedule, _ due: ScheduleMove.Due, _ settings: Settings,
    at now: Moment
  ) throws(StoreError) -> JobID? {
    let (result, place) = try insert(new, settings: settings, at: now)
    guard case .added(let id) = result, let sequence = place else { return nil }
    try link(new, id, sequence, to: schedule, due, .enqueued, at: now)
    return id
  }

  /// Stores a job as a due time does, at a time of its own, and leaves the schedule's times.
  /// - Throws: ``StoreError`` when an unfinished job is in its way, ``InvalidJob``.
  package func enqueueByHand(
    _ schedule: inout Schedule, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    if !isBesideOthers, let job = try unfinishedJobs(of: schedule.id).first {
      throw StoreError.unfinished(job.id, job.state, of: schedule.name)
    }
    let new = try NewJob(schedule.spec.job)
    let (result, place) = try insert(new, settings: settings, at: now)
    guard case .added(let id) = result, let sequence = place else {
      throw StoreError.keyTaken(result, of: schedule.name)
    }
    var time = schedule.spareTime(from: now.wall)
    while try hasOccurrence(of: schedule, at: time) {
      time = schedule.spareTime(from: time + .milliseconds(1))
    }
    try link(new, id, sequence, to: schedule, ScheduleMove.Due(at: time), .byHand, at: now)
    schedule.tally.enqueued += 1
    return id
  }
}
