package import QueueCore

/// The schedules of an in-memory queue.
struct InMemorySchedules: Equatable, Sendable {
  /// By name.
  var all: [String: Schedule] = [:]
  /// Oldest first.
  var history: [ScheduleID: [Occurrence]] = [:]
  var lastID: Int64 = 0
  /// Those that can't be understood, as a damaged row can't.
  var damaged: Set<ScheduleID> = []
  /// The clocks as last recorded.
  var clocks: ClockRecord?

  mutating func keepClocks(at now: Moment) {
    clocks = clocks?.kept(at: now) ?? ClockRecord(now)
  }

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
    if let dropped = changed.dropped { keep(dropped, of: before.id) }
    return changed
  }

  /// Whether history has an entry that begins at this time: it gets no other.
  func hasEntry(of schedule: Schedule, at time: Timestamp) -> Bool {
    history[schedule.id]?.contains { $0.turn == schedule.turn && $0.at == time } ?? false
  }

  mutating func keep(_ occurrence: Occurrence, of id: ScheduleID) {
    var entries = history[id] ?? []
    if let merged = entries.last?.merged(with: occurrence) {
      entries[entries.count - 1] = merged
    } else if !entries.contains(where: { $0.turn == occurrence.turn && $0.at == occurrence.at }) {
      entries.append(occurrence)
    }
    history[id] = entries.suffix(Occurrence.keptCount)
  }

  func intact(_ schedules: some Sequence<Schedule>) -> [Schedule] {
    schedules.filter { !damaged.contains($0.id) }
  }

  func damage(in schedules: some Sequence<Schedule>) -> [DamagedSchedule] {
    schedules.filter { damaged.contains($0.id) }.map {
      DamagedSchedule(id: $0.id, name: $0.name, problem: "schedule \(quoted: $0.name) is damaged")
    }
  }

  func due(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Timestamp
  ) -> DueSchedules {
    let going = all.values
      .filter {
        $0.pausedAt == nil && $0.nextAt != nil && !excluded.zones.contains($0.spec.zone)
          && !excluded.ids.contains($0.id)
      }
      .sorted { ($0.nextAt ?? .latest, $0.id) < ($1.nextAt ?? .latest, $1.id) }
    let due = going.filter { ($0.nextAt ?? .latest) <= now }
    var found = DueSchedules(
      schedules: intact(due.prefix(limit)), nextAt: due.isEmpty ? going.first?.nextAt : nil)
    found.damaged = damage(in: due.prefix(limit))
    found.clocks = clocks
    return found
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
    advance.missed = move.missed
    for entry in advance.schedule.start(move) { schedules.keep(entry, of: before.id) }
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
    guard !schedules.hasEntry(of: schedule, at: due.at) else { return }
    let unfinished = unfinishedJobs(of: schedule.id)
    let step = schedule.spec.overlap.step(
      unfinished: unfinished.count, pending: unfinished.count { $0.state == .pending })
    let new: NewJob
    do throws(InvalidJob) {
      new = try schedule.job(for: due, after: step.waitsForEarlier ? unfinished.map(\.id) : [])
    } catch {
      advance.schedule.countInvalid(error)
      schedules.keep(Occurrence(at: due.at, .missed, turn: schedule.turn), of: schedule.id)
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
      schedules.keep(Occurrence(at: due.at, .skipped, turn: schedule.turn), of: schedule.id)
      return
    }
    try link(new, id, to: schedule, due, .enqueued, at: now)
    advance.schedule.countEnqueued()
    advance.enqueued.append(ScheduleAdvance.Enqueued(due: due, job: id))
  }

  /// Makes a job that was just inserted one of the schedule.
  private mutating func link(
    _ new: NewJob, _ id: JobID, to schedule: Schedule, _ due: ScheduleMove.Due,
    _ fate: Occurrence.Fate, at now: Moment
  ) throws(StoreError) {
    let row = rows.count - 1
    rows[row].place = InMemorySchedules.Place(
      schedule: schedule.id, turn: schedule.turn, at: due.at)
    rows[row].job.origin = JobOrigin(
      schedule: schedule.name, time: due.at, standsFor: due.standsFor)
    var prerequisites = BatchPrerequisites()
    prerequisites.add(new, as: id, sequence: rows[row].sequence)
    _ = try connect(prerequisites)
    count(.enqueued, in: new.queue, at: now)
    let job = Occurrence.Enqueued(id, at: now.wall)
    schedules.keep(Occurrence(at: due.at, fate, turn: schedule.turn, job: job), of: schedule.id)
  }

  mutating func run(
    _ name: String, isBesideOthers: Bool, settings: Settings, ids: inout JobIDSource,
    at now: Moment
  ) throws -> JobID {
    let schedule = try schedules.named(name)
    if !isBesideOthers, let job = unfinishedJobs(of: schedule.id).first {
      throw StoreError.unfinished(job.id, job.state, of: name)
    }
    let new = try NewJob(schedule.spec.job)
    let result = insert(new, at: now, settings: settings, ids: &ids)
    guard case .added(let id) = result else { throw StoreError.keyTaken(result, of: name) }
    var time = schedule.spareTime(from: now.wall)
    while schedules.hasEntry(of: schedule, at: time) {
      time = schedule.spareTime(from: time + .milliseconds(1))
    }
    try link(new, id, to: schedule, ScheduleMove.Due(at: time), .byHand, at: now)
    schedules.all[name]?.tally.enqueued += 1
    return id
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
    schedules.all[name]?.tally.countEnd(job.state, at: job.updatedAt)
  }
}

extension InMemoryJobStore {
  package func addSchedule(
    _ new: NewSchedule, in zone: ZoneRules, at now: Moment
  ) throws -> Schedule {
    try step {
      $0.schedules.keepClocks(at: now)
      return try $0.schedules.add(new, in: zone, queueID: $0.id, at: now.wall)
    }
  }

  package func schedules() throws(StoreError) -> [Schedule] {
    queue.schedules.intact(queue.schedules.all.values).sorted { $0.name < $1.name }
  }

  package func damagedSchedules() throws(StoreError) -> [DamagedSchedule] {
    queue.schedules.damage(in: queue.schedules.all.values.sorted { $0.name < $1.name })
  }

  /// Makes a schedule one that can't be understood.
  package func damageSchedule(_ name: String) throws {
    try step { _ = $0.schedules.damaged.insert(try $0.schedules.named(name).id) }
  }

  package func schedulePage(after id: ScheduleID?, limit: Int) throws(StoreError) -> SchedulePage {
    let rest = queue.schedules.all.values.sorted { $0.id < $1.id }
      .filter { $0.id > id ?? ScheduleID(0) }
    let page = Array(rest.prefix(limit))
    return SchedulePage(
      schedules: queue.schedules.intact(page), next: page.count == limit ? page.last?.id : nil)
  }

  package func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    try step {
      try $0.run(name, isBesideOthers: isBesideOthers, settings: settings, ids: &ids, at: now)
    }
  }

  package func recordClocks(at now: Moment, replacing known: ClockRecord) throws(StoreError) {
    try step { queue throws(StoreError) in
      if queue.schedules.clocks == known { queue.schedules.clocks = ClockRecord(now) }
    }
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
    _ name: String, at now: Moment,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    try step {
      $0.schedules.keepClocks(at: now)
      return try $0.schedules.change(name, queueID: $0.id, body)
    }
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
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    queue.schedules.due(atMost: limit, except: excluded, at: now.wall)
  }

  package func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    try step { queue throws(StoreError) in
      queue.schedules.keepClocks(at: now)
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
