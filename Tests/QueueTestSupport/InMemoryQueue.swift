import QueueCore

/// The whole content of an in-memory queue. A value: to undo a step, keep the old one.
struct InMemoryQueue: Equatable, Sendable {
  /// Identifies the queue, like a database's id.
  let id = String(UInt64.random(in: .min ... .max), radix: 32)
  /// By sequence, that is in order of arrival.
  var rows: [Row] = []
  /// By id.
  var workers: [WorkerRecord] = []
  /// The latest stop of all workers.
  var generalStop: GeneralStop?
  /// The changed settings, by key.
  var settingTexts: [String: String] = [:]
  /// The settings of queues, by name.
  var controls: [String: QueueControl] = [:]
  var isEverythingPaused = false
  /// Notices of dead jobs, and the workers that run their command.
  var notices: [Int64: WorkerID?] = [:]

  var schedules = InMemorySchedules()

  /// The events of each minute.
  var rates: [RateKey: Rate] = [:]

  private(set) var lastSequence: Int64 = 0
  private var lastRun: Int64 = 0
  private var lastWorker: Int64 = 0
  /// For each boot, the offset from uptime to queue time.
  private var steadyOffsets: [BootID?: Duration] = [:]
  /// The latest queue time that was kept for the next boot.
  private var keptSteadyTime: Duration?

  struct Row: Equatable, Sendable {
    /// As shown, except for the end of its backoff.
    var job: Job
    let sequence: Int64
    var wait: Wait
    /// Runs in a row that were lost with their worker.
    var crashes = 0
    /// Since when it could have run: the end of its last wait.
    var readySince: Wait
    /// All its runs but the latest, oldest first.
    var earlierRuns: [Run] = []
    /// Whether it has a cancel request while running.
    var isToBeCancelled = false
    /// Its index in the history of a schedule; nil without one.
    var place: InMemorySchedules.Place?

    /// The number of its latest run.
    var run: RunID? { job.latestRun?.id }
    /// Its unmet prerequisites.
    var unmet: [BatchPrerequisites.Link] = []

    var isWaiting: Bool { job.state == .pending || job.state == .failed }
  }

  /// The reason why a job waits.
  enum Wait: Equatable, Sendable {
    case nothing
    /// The requested time, by the wall clock.
    case wall(Timestamp)
    /// The end of its backoff, in queue time.
    case steady(Duration)
  }

  // MARK: Numbers and times

  mutating func nextSequence() -> Int64 {
    lastSequence += 1
    return lastSequence
  }

  mutating func nextRun() -> RunID {
    lastRun += 1
    return RunID(lastRun)
  }

  mutating func nextWorker() -> WorkerID {
    lastWorker += 1
    return WorkerID(lastWorker)
  }

  /// Queue time: uptime plus an offset fixed once per boot, so that it continues from the wall
  /// clock at the first access.
  func steadyTime(_ now: Moment) -> Duration {
    now.uptime + (steadyOffsets[now.boot] ?? steadyOffset(now))
  }

  /// Fixes the offset of this boot.
  mutating func fixSteadyTime(_ now: Moment) {
    if now.boot != nil, steadyOffsets[now.boot] == nil {
      steadyOffsets[now.boot] = steadyOffset(now)
    }
  }

  /// Wall clock minus queue time, in whole seconds.
  func wallAhead(at now: Moment) -> Duration {
    let difference = Double(now.wall.milliseconds - steadyTime(now).milliseconds)
    return .seconds(Int64((difference / 1000).rounded()))
  }

  /// The next boot begins no earlier than now.
  mutating func keepSteadyTime(_ now: Moment) {
    fixSteadyTime(now)
    keptSteadyTime = max(keptSteadyTime ?? .zero, steadyTime(now))
  }

  /// The next boot begins with the wall clock's time.
  mutating func forgetSteadyTime() { keptSteadyTime = nil }

  private func steadyOffset(_ now: Moment) -> Duration {
    let wall = Duration.milliseconds(now.wall.milliseconds)
    return max(wall, keptSteadyTime ?? wall) - now.uptime
  }

  // MARK: Enqueueing

  mutating func insert(
    _ new: NewJob, at now: Moment, settings: Settings, ids: inout JobIDSource
  ) -> EnqueueResult {
    if let key = new.uniqueKey, let holder = unfinishedJob(withKey: key) {
      if new.id.map(holds) != true || new.id == holder { return .keyTaken(key, by: holder) }
    }
    if let id = new.id, let index = rows.firstIndex(where: { $0.job.id == id }) {
      guard new.replacesEnded, !rows[index].job.state.isUnfinished else { return .exists(id) }
      rows[index].job.id = ids.next(after: id, at: now.wall)
    }
    var id = new.id ?? ids.next(at: now.wall)
    while holds(id) { id = ids.next(at: now.wall) }

    var spec = new.spec
    spec.maxRetries = spec.maxRetries ?? settings.maxRetries
    spec.timeout = spec.timeout ?? settings.timeout
    let job = Job(
      id: id, spec: spec, state: .pending, attempts: 0, createdAt: now.wall, updatedAt: now.wall)

    let wait = new.runAt.map { $0 > now.wall ? Wait.wall($0) : .nothing } ?? .nothing
    rows.append(
      Row(job: job, sequence: nextSequence(), wait: wait, readySince: .wall(now.wall)))
    controls[job.queue] = controls[job.queue] ?? QueueControl(name: job.queue)
    return .added(id)
  }

  /// Connects the new jobs with their prerequisites.
  /// - Returns: the jobs that were removed again.
  mutating func connect(
    _ prerequisites: BatchPrerequisites
  ) throws(StoreError) -> [BatchPrerequisites.Rejection] {
    let resolution = try prerequisites.resolve { reference throws(StoreError) in
      let row = rows[try index(of: reference)]
      return (row.sequence, row.job.state)
    }
    rows.removeAll { row in resolution.refused.contains { $0.sequence == row.sequence } }
    for waiting in resolution.waiting {
      guard let index = rows.firstIndex(where: { $0.sequence == waiting.sequence }) else {
        continue
      }
      rows[index].unmet = waiting.unmet
    }
    return resolution.refused
  }

  func unfinishedJob(withKey key: String) -> JobID? {
    rows.first { $0.job.uniqueKey == key && $0.job.state.isUnfinished }?.job.id
  }

  func holds(_ id: JobID) -> Bool { rows.contains { $0.job.id == id } }

  // MARK: Dead jobs

  mutating func claimHook(for worker: WorkerID, at now: Moment) -> DueHook? {
    let known = Set(workers.map(\.id))
    let free = rows.first { row in
      guard row.job.state == .dead, let taker = notices[row.sequence] else { return false }
      return taker.map { $0 == worker || !known.contains($0) } ?? true
    }
    guard let free else { return nil }
    let taker = notices.updateValue(worker, forKey: free.sequence) ?? nil
    let job = shown(free, at: now)
    return DueHook(
      job: job, runName: "\(id)-dead-\(job.latestRun?.id.number ?? 0)",
      wasTaken: taker.map { $0 != worker } ?? false)
  }

  mutating func completeHook(of job: JobID, by worker: WorkerID) {
    guard let row = rows.first(where: { $0.job.id == job }), notices[row.sequence] == worker else {
      return
    }
    notices[row.sequence] = nil
  }

  /// Edits jobs, and requeues them or ends their wait.
  mutating func retry(
    _ selection: JobSelection, with edit: JobEdit?, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    var keys = KeysPutBack()
    let (indices, step) = try plan(selection, at: now) { index in
      guard rows[index].job.state != .failed else { return nil }
      if let refusal = refusalToStartAnew(index, &keys) { return refusal }
      let isMissing = rows[index].unmet.contains { link in
        !rows.contains { $0.sequence == link.needs }
      }
      return isMissing ? .needsRemovedJob(rows[index].job.id) : nil
    }
    for index in indices {
      if let edit { try apply(edit, to: index, at: now) }
      if rows[index].job.state != .failed {
        startAnew(index, at: now)
      } else if case .steady(let due) = rows[index].wait {
        fixSteadyTime(now)
        rows[index].wait = .steady(min(due, steadyTime(now)))
      }
    }
    return step
  }

  /// The jobs of a selection that are changed.
  func plan(
    _ selection: JobSelection, at now: Moment, refusal: (Int) -> Refusal?
  ) throws(StoreError) -> (indices: [Int], step: SelectionStep) {
    var step = SelectionStep()
    var chosen: [Int] = []
    for index in try indices(of: selection, leaving: &step, at: now) {
      let job = rows[index].job
      let refusal =
        selection.states.contains(job.state)
        ? refusal(index) : .inState(job.id, job.state, wanted: selection.states)
      guard let refusal else {
        chosen.append(index)
        continue
      }
      if selection.isAllOrNothing { throw refusal.error }
      step.left.append(refusal)
    }
    step.jobs = chosen.map { rows[$0].job.id }
    return (chosen, step)
  }

  /// The indexes of a selection's jobs, each once.
  private func indices(
    of selection: JobSelection, leaving step: inout SelectionStep, at now: Moment
  ) throws(StoreError) -> [Int] {
    switch selection.jobs {
    case .named(let references): return try indices(of: references)
    case .listed(let ids):
      var indices: [Int] = []
      for id in ids {
        if let index = rows.firstIndex(where: { $0.job.id == id }) {
          if !indices.contains(index) { indices.append(index) }
        } else {
          step.left.append(.unknown(id))
        }
      }
      return indices
    case .matching(var query):
      query.states = selection.states
      let steady = min(now.wall.milliseconds, steadyTime(now).milliseconds)
      let latest = selection.age.map { Timestamp(milliseconds: steady - $0.milliseconds) }
      let blocked = blockedRows
      return rows.indices.filter { index in
        let job = rows[index].job
        return query.matches(rows[index], blocked) && latest.map { job.updatedAt <= $0 } ?? true
      }
    }
  }

  /// Why an ended job can't be requeued beside the holders of these keys; nil if it can.
  private func refusalToStartAnew(_ index: Int, _ keys: inout KeysPutBack) -> Refusal? {
    let job = rows[index].job
    return keys.take(
      job.uniqueKey, for: job.id, holder: job.uniqueKey.flatMap { unfinishedJob(withKey: $0) })
  }

  private mutating func startAnew(_ index: Int, at now: Moment) {
    let kept = rows[index].job.state == .cancelled ? rows[index].job.runAt : nil
    rows[index].job.attempts = 0
    rows[index].crashes = 0
    move(index, to: .pending, at: now)
    guard let kept, kept > now.wall else { return }
    rows[index].job.runAt = kept
    rows[index].wait = .wall(kept)
  }

  // MARK: Acting on jobs

  /// The indexes of the named jobs, each once.
  private func indices(of references: [String]) throws(StoreError) -> [Int] {
    var indices: [Int] = []
    for reference in references {
      let index = try index(of: reference)
      if !indices.contains(index) { indices.append(index) }
    }
    return indices
  }

  mutating func edit(
    _ selection: JobSelection, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    let (indices, step) = try plan(selection, at: now) { index in
      let job = rows[index].job
      return edit.refusal(of: job.id, job.state) ?? edit.refusal(of: job.id, job.spec)
    }
    for index in indices { try apply(edit, to: index, at: now) }
    return step
  }

  private mutating func apply(
    _ edit: JobEdit, to index: Int, at now: Moment
  ) throws(StoreError) {
    let job = rows[index].job
    let refusal = edit.refusal(of: job.id, job.state) ?? edit.refusal(of: job.id, job.spec)
    if let refusal { throw refusal.error }
    let runAt = job.runAt
    rows[index].job.spec = edit.applied(to: rows[index].job.spec)
    rows[index].job.runAt = runAt
    let queue = rows[index].job.queue
    controls[queue] = controls[queue] ?? QueueControl(name: queue)
    if let runAt = edit.runAt.map({ max($0, now.wall) }) {
      fixSteadyTime(now)
      if rows[index].job.state == .failed {
        rows[index].wait = .steady(.milliseconds(runAt.milliseconds) - wallAhead(at: now))
      } else {
        rows[index].wait = .wall(runAt)
        rows[index].job.runAt = runAt
      }
    }
  }

  mutating func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  {
    let (indices, step) = try plan(selection, at: now) { _ in nil }
    var result = Cancellation()
    result.found = indices.map { shown(rows[$0], at: now) }
    result.left = step.left
    for index in indices {
      switch rows[index].job.state {
      case .pending: move(index, to: .cancelled, at: now)
      case .failed:
        move(index, to: .cancelled, at: now)
        rows[index].job.runAt = nil
      case .processing: rows[index].isToBeCancelled = true
      case .completed, .dead, .cancelled: break
      }
    }
    return result
  }

  /// Moves a job to its next state and clears its wait.
  mutating func move(_ index: Int, to state: JobState, at now: Moment) {
    rows[index].isToBeCancelled = false
    let now = now.following(rows[index].job.updatedAt)
    rows[index].job.state = state
    rows[index].job.updatedAt = now.wall
    rows[index].wait = .nothing
    rows[index].readySince = .wall(now.wall)
    if state == .pending || state == .failed { rows[index].job.runAt = nil }
    let sequence = rows[index].sequence
    if state == .dead, settingTexts["on-dead"] != nil { notices[sequence] = .some(nil) }
    for other in rows.indices where rows[other].unmet.contains(where: { $0.needs == sequence }) {
      let before = rows[other].unmet.count
      rows[other].unmet.removeAll { $0.needs == sequence && $0.accepts.isMet(by: state) }
      guard rows[other].unmet.count < before else { continue }
      let now = now.following(rows[other].job.updatedAt)
      rows[other].job.updatedAt = now.wall
      rows[other].readySince = .wall(now.wall)
    }
  }
}
