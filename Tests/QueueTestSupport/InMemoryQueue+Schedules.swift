package import QueueCore

/// The schedules of an in-memory queue.
struct InMemorySchedules: Equatable, Sendable {
  /// By name.
  var all: [String: Schedule] = [:]
  /// Oldest first.
  var history: [ScheduleID: [Occurrence]] = [:]
  var lastID: Int64 = 0

  /// The history entry of a job.
  struct Place: Equatable, Sendable {
    let schedule: ScheduleID
    let turn: Int
    let at: Timestamp
  }

  func named(_ name: String) throws(StoreError) -> Schedule {
    guard let schedule = all[name] else {
      throw StoreError.noSchedule(name, near: all.keys.sorted())
    }
    return schedule
  }

  mutating func add(
    _ new: NewSchedule, in zone: ZoneRules, queueID: String, at now: Timestamp
  ) throws -> Schedule {
    guard all[new.name] == nil else { throw StoreError.duplicateSchedule(new.name) }
    let schedule = try Schedule(
      new, id: ScheduleID(lastID + 1), in: zone, database: queueID, at: now)
    lastID += 1
    all[new.name] = schedule
    return schedule
  }

  mutating func change(
    _ name: String, queueID: String,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    let before = try named(name)
    let changed = try body(before, queueID)
    guard changed.schedule != before else { return changed }
    all[name] = nil
    guard all[changed.schedule.name] == nil else {
      throw StoreError.duplicateSchedule(changed.schedule.name)
    }
    all[changed.schedule.name] = changed.schedule
    if let dropped = changed.dropped { try keep(dropped, of: before.id) }
    return changed
  }

  /// - Throws: `other` for a second entry of one time, which no store may have.
  mutating func keep(_ occurrence: Occurrence, of id: ScheduleID) throws(StoreError) {
    var entries = history[id] ?? []
    if let merged = entries.last?.merged(with: occurrence) {
      entries[entries.count - 1] = merged
    } else {
      if entries.contains(where: { $0.turn == occurrence.turn && $0.at == occurrence.at }) {
        throw StoreError(.other, "schedule \(id) has \(occurrence.at.iso8601) twice")
      }
      entries.append(occurrence)
    }
    history[id] = entries.suffix(Occurrence.keptCount)
  }

  func due(atMost limit: Int, except zones: Set<String>, at now: Timestamp) -> DueSchedules {
    let going = all.values
      .filter { $0.pausedAt == nil && $0.nextAt != nil && !zones.contains($0.spec.zone) }
      .sorted { ($0.nextAt ?? .latest, $0.id) < ($1.nextAt ?? .latest, $1.id) }
    let due = going.filter { ($0.nextAt ?? .latest) <= now }
    return DueSchedules(
      schedules: Array(due.prefix(limit)), nextAt: due.isEmpty ? going.first?.nextAt : nil)
  }
}

extension InMemoryQueue {
  func unfinishedJobs(of schedule: ScheduleID) -> [Job] {
    rows.filter { $0.place?.schedule == schedule && $0.job.state.isUnfinished }.map(\.job)
  }

  mutating func advance(
    _ move: ScheduleMove, settings: Settings, ids: inout JobIDSource, at now: Moment
  ) throws(StoreError) -> ScheduleAdvance? {
    guard let before = schedules.all.values.first(where: { $0.id == move.schedule }),
      before.accepts(move)
    else { return nil }
    var advance = ScheduleAdvance(schedule: before)
    advance.schedule.start(move)
    if let missed = move.missed {
      advance.missed = missed
      try schedules.keep(Occurrence(missed, .missed, turn: before.turn), of: before.id)
    }
    for due in move.due where advance.schedule.mayEnqueue {
      try enqueue(due, &advance, settings: settings, ids: &ids, at: now)
    }
    schedules.all[before.name] = advance.schedule
    return advance
  }

  private mutating func enqueue(
    _ due: ScheduleMove.Due, _ advance: inout ScheduleAdvance, settings: Settings,
    ids: inout JobIDSource, at now: Moment
  ) throws(StoreError) {
    let schedule = advance.schedule
    let unfinished = unfinishedJobs(of: schedule.id)
    let step = schedule.spec.overlap.step(
      unfinished: unfinished.count, pending: unfinished.count { $0.state == .pending })
    let new: NewJob
    do throws(InvalidJob) {
      new = try schedule.job(for: due, after: step.waitsForEarlier ? unfinished.map(\.id) : [])
    } catch {
      advance.schedule.countInvalid(error)
      try schedules.keep(Occurrence(at: due.at, .missed, turn: schedule.turn), of: schedule.id)
      return
    }
    if step == .cancelAndEnqueue {
      _ = try cancel(
        JobSelection(.named(unfinished.map(\.id.text)), in: JobState.allCases), at: now)
    }
    guard step != .skip,
      case .added(let id) = insert(new, at: now, settings: settings, ids: &ids)
    else {
      advance.schedule.countSkipped()
      advance.skipped.append(due.at)
      try schedules.keep(Occurrence(at: due.at, .skipped, turn: schedule.turn), of: schedule.id)
      return
    }
    let row = rows.count - 1
    rows[row].place = InMemorySchedules.Place(
      schedule: schedule.id, turn: schedule.turn, at: due.at)
    rows[row].job.origin = JobOrigin(
      schedule: schedule.name, time: due.at, standsFor: due.standsFor)
    var prerequisites = BatchPrerequisites()
    prerequisites.add(new, as: id, sequence: rows[row].sequence)
    _ = try connect(prerequisites)
    count(.enqueued, in: new.queue, at: now)
    advance.schedule.countEnqueued()
    advance.enqueued.append(ScheduleAdvance.Enqueued(due: due, job: id))
    let job = Occurrence.Enqueued(id, at: now.wall)
    try schedules.keep(
      Occurrence(at: due.at, .enqueued, turn: schedule.turn, job: job), of: schedule.id)
  }

  /// Updates history and totals for the jobs whose state has changed in this step.
  mutating func followJobs(since before: InMemoryQueue) {
    var states: [Int64: JobState] = [:]
    for row in before.rows where row.place != nil { states[row.sequence] = row.job.state }
    for row in rows {
      guard let place = row.place, let state = states[row.sequence], state != row.job.state else {
        continue
      }
      follow(row.job, of: place)
    }
  }

  private mutating func follow(_ job: Job, of place: InMemorySchedules.Place) {
    if let entry = schedules.history[place.schedule]?
      .firstIndex(where: { $0.turn == place.turn && $0.at == place.at })
    {
      schedules.history[place.schedule]?[entry].job?.state = job.state
      schedules.history[place.schedule]?[entry].job?.exitCode = job.latestRun?.end?.exitCode
      schedules.history[place.schedule]?[entry].job?.ran = job.latestRun?.elapsed
      schedules.history[place.schedule]?[entry].job?.endedAt =
        job.state.isUnfinished ? nil : job.updatedAt
    }
    guard let name = schedules.all.values.first(where: { $0.id == place.schedule })?.name else {
      return
    }
    schedules.all[name]?.countEnd(job.state, at: job.updatedAt)
  }
}

extension InMemoryJobStore {
  package func addSchedule(
    _ new: NewSchedule, in zone: ZoneRules, at now: Moment
  ) throws -> Schedule {
    try step { try $0.schedules.add(new, in: zone, queueID: $0.id, at: now.wall) }
  }

  package func schedules() throws(StoreError) -> [Schedule] {
    queue.schedules.all.values.sorted { $0.name < $1.name }
  }

  package func schedule(_ name: String) throws(StoreError) -> Schedule {
    try queue.schedules.named(name)
  }

  package func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence] {
    let queue = self.queue
    let entries = queue.schedules.history[try queue.schedules.named(name).id] ?? []
    return Array(
      entries.sorted { ($0.turn, $0.at) > ($1.turn, $1.at) }.prefix(limit))
  }

  package func changeSchedule(
    _ name: String,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    try step { try $0.schedules.change(name, queueID: $0.id, body) }
  }

  package func removeSchedule(_ name: String) throws(StoreError) -> [JobID] {
    try step { queue throws(StoreError) in
      let id = try queue.schedules.named(name).id
      queue.schedules.all[name] = nil
      queue.schedules.history[id] = nil
      return queue.unfinishedJobs(of: id).map(\.id)
    }
  }

  package func dueSchedules(
    atMost limit: Int, except zones: Set<String>, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    queue.schedules.due(atMost: limit, except: zones, at: now.wall)
  }

  package func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    try step { queue throws(StoreError) in
      var advances: [ScheduleAdvance] = []
      for move in moves.sorted(by: { $0.schedule < $1.schedule }) {
        if let advance = try queue.advance(move, settings: settings, ids: &ids, at: now) {
          advances.append(advance)
        }
      }
      return advances
    }
  }
}
