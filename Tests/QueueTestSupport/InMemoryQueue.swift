import QueueCore

/// All that an in-memory queue holds. A value, so that a step is undone by keeping the old one.
struct InMemoryQueue: Equatable, Sendable {
  /// Told apart from every other queue by this, as databases are.
  let id = String(UInt64.random(in: .min ... .max), radix: 32)
  /// By sequence, so in the order in which they were enqueued.
  var rows: [Row] = []
  /// By id.
  var workers: [WorkerRecord] = []
  /// The latest order to all workers.
  var generalStop: GeneralStop?
  /// What was set, by key.
  var settingTexts: [String: String] = [:]
  /// What is set about queues, by name.
  var controls: [String: QueueControl] = [:]
  var isEverythingPaused = false
  /// Jobs that died while there was a command for it, and who runs that.
  var notices: [Int64: WorkerID?] = [:]

  var schedules = InMemorySchedules()

  /// What happened in each minute.
  var rates: [RateKey: Rate] = [:]

  private(set) var lastSequence: Int64 = 0
  private var lastRun: Int64 = 0
  private var lastWorker: Int64 = 0
  /// For each boot, what turns its uptime into steady time.
  private var steadyOffsets: [BootID?: Duration] = [:]
  /// The latest steady time that was kept for the next boot.
  private var keptSteadyTime: Duration?

  /// One job.
  struct Row: Equatable, Sendable {
    /// As it is shown, but for the end of its backoff.
    var job: Job
    let sequence: Int64
    var wait: Wait
    /// Runs in a row that were lost with their worker.
    var crashes = 0
    /// What it waited for last, so since when it could have run.
    var readySince: Wait
    /// All of its runs but the latest, oldest first.
    var earlierRuns: [Attempt] = []
    /// Whether it is to be cancelled, while it is being run.
    var isToBeCancelled = false
    /// Where it stands in the history of a schedule; nil for a job of none.
    var place: InMemorySchedules.Place?

    /// The number of its latest run.
    var run: RunID? { job.latestRun?.run }
    /// What has to end before it may run.
    var unmet: [BatchPrerequisites.Link] = []

    var isWaiting: Bool { job.state == .pending || job.state == .failed }
  }

  /// What a waiting job waits for.
  enum Wait: Equatable, Sendable {
    case nothing
    /// The time asked for, by the wall clock.
    case wall(Timestamp)
    /// The end of its backoff, in steady time.
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

  /// Time that no jump of the wall clock touches: uptime, moved once for each boot so that it goes
  /// on where the wall clock stood at the first look.
  func steadyTime(_ now: Moment) -> Duration {
    now.uptime + (steadyOffsets[now.boot] ?? steadyOffset(now))
  }

  /// Holds on to the offset of this boot.
  mutating func fixSteadyTime(_ now: Moment) {
    if now.boot != nil, steadyOffsets[now.boot] == nil {
      steadyOffsets[now.boot] = steadyOffset(now)
    }
  }

  /// How far the wall clock is ahead of steady time, in whole seconds.
  func wallAhead(at now: Moment) -> Duration {
    let difference = Double(now.wall.milliseconds - steadyTime(now).milliseconds)
    return .seconds(Int64((difference / 1000).rounded()))
  }

  /// Has the next boot begin no earlier than now.
  mutating func keepSteadyTime(_ now: Moment) {
    fixSteadyTime(now)
    keptSteadyTime = max(keptSteadyTime ?? .zero, steadyTime(now))
  }

  /// Has the next boot begin with the wall's time, whatever it is.
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

  /// Has the new jobs wait for what they name.
  /// - Returns: the jobs that were removed again.
  mutating func connect(
    _ prerequisites: BatchPrerequisites
  ) throws(StoreError) -> [BatchPrerequisites.Refusal] {
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

  mutating func takeNotice(for worker: WorkerID, at now: Moment) -> DeathNotice? {
    let known = Set(workers.map(\.id))
    let free = rows.first { row in
      guard row.job.state == .dead, let taker = notices[row.sequence] else { return false }
      return taker.map { $0 == worker || !known.contains($0) } ?? true
    }
    guard let free else { return nil }
    let taker = notices.updateValue(worker, forKey: free.sequence) ?? nil
    let job = shown(free, at: now)
    return DeathNotice(
      job: job, runName: "\(id)-dead-\(job.latestRun?.run.number ?? 0)",
      wasTaken: taker.map { $0 != worker } ?? false)
  }

  mutating func dropNotice(of job: JobID, by worker: WorkerID) {
    guard let row = rows.first(where: { $0.job.id == job }), notices[row.sequence] == worker else {
      return
    }
    notices[row.sequence] = nil
  }

  /// Where the selected dead jobs stand, each once.
  /// - Parameter action: what is to be done with them, for the message.
  func deadJobs(
    _ selection: DeadSelection, areTo action: String = "retried"
  ) throws(StoreError) -> Set<Int> {
    switch selection {
    case .matching(var query):
      query.states = [.dead]
      return Set(rows.indices.filter { query.matches(rows[$0].job) })
    case .named(let references):
      var found: Set<Int> = []
      for reference in references {
        let index = try index(of: reference)
        let job = rows[index].job
        guard job.state == .dead else {
          throw StoreError(
            .wrongState,
            "job \(SafeText.quoted(job.id.text)) is \(job.state.rawValue), not dead: "
              + "only dead jobs can be \(action)")
        }
        found.insert(index)
      }
      return found
    }
  }

  /// Puts dead jobs back, but for those whose keys are taken.
  mutating func retryDead(
    _ selection: DeadSelection, at now: Moment
  ) throws(StoreError) -> DeadRetry {
    var keys = KeysPutBack()
    var result = DeadRetry()
    var back: [Int] = []
    for index in try deadJobs(selection).sorted() {
      guard let refusal = refusalToStartAnew(index, &keys) else {
        back.append(index)
        result.jobs.append(rows[index].job.id)
        continue
      }
      if case .named = selection { throw refusal }
      result.keyTakenCount += 1
    }
    for index in back { startAnew(index, at: now) }
    return result
  }

  /// Why an ended job can't be put back beside those whose keys are given; nil if it can.
  private func refusalToStartAnew(_ index: Int, _ keys: inout KeysPutBack) -> StoreError? {
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

  /// Where the jobs of these names stand, each once.
  private func indices(of references: [String]) throws(StoreError) -> [Int] {
    var indices: [Int] = []
    for reference in references {
      let index = try index(of: reference)
      if !indices.contains(index) { indices.append(index) }
    }
    return indices
  }

  mutating func edit(
    _ reference: String, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Job {
    let index = try index(of: reference)
    guard rows[index].isWaiting else {
      throw StoreError(
        .wrongState,
        "job \(SafeText.quoted(reference)) is \(rows[index].job.state): only waiting jobs can be "
          + "edited"
      )
    }
    if let command = edit.command { rows[index].job.command = command }
    if let priority = edit.priority { rows[index].job.priority = priority }
    if let runAt = edit.runAt.map({ max($0, now.wall) }) {
      fixSteadyTime(now)
      if rows[index].job.state == .failed {
        rows[index].wait = .steady(.milliseconds(runAt.milliseconds) - wallAhead(at: now))
      } else {
        rows[index].wait = .wall(runAt)
        rows[index].job.runAt = runAt
      }
    }
    return shown(rows[index], at: now)
  }

  mutating func retry(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    let indices = try indices(of: references)
    let found = indices.map { shown(rows[$0], at: now) }
    if let job = found.first(where: { !$0.state.canBeRetried }) {
      throw StoreError(
        .wrongState,
        "job \(SafeText.quoted(job.id.text)) is \(job.state): only failed, dead and cancelled "
          + "jobs can be retried"
      )
    }
    var keys = KeysPutBack()
    for index in indices where rows[index].job.state != .failed {
      if let refusal = refusalToStartAnew(index, &keys) { throw refusal }
      guard rows[index].unmet.allSatisfy({ link in rows.contains { $0.sequence == link.needs } })
      else {
        throw StoreError(
          .wrongState,
          "job \(SafeText.quoted(rows[index].job.id.text)) needs the success of a job that was "
            + "removed: "
            + "enqueue it anew")
      }
    }
    for index in indices {
      if rows[index].job.state != .failed {
        startAnew(index, at: now)
      } else if case .steady(let due) = rows[index].wait {
        fixSteadyTime(now)
        rows[index].wait = .steady(min(due, steadyTime(now)))
      }
    }
    return found
  }

  mutating func cancel(
    _ references: [String], onlyWaiting: Bool, at now: Moment
  ) throws(StoreError) -> [Job] {
    let indices = try indices(of: references)
    let found = indices.map { shown(rows[$0], at: now) }
    if onlyWaiting, let running = found.first(where: { $0.state == .processing }) {
      throw StoreError(.wrongState, "\(running.id) is being run")
    }
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
    return found
  }

  /// Gives a job its next state; what it waited for is over.
  mutating func move(_ index: Int, to state: JobState, at now: Moment) {
    rows[index].isToBeCancelled = false
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
      rows[other].job.updatedAt = now.wall
      rows[other].readySince = .wall(now.wall)
    }
  }
}
