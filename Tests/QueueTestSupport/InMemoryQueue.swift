import QueueCore

/// All that an in-memory queue holds. A value, so that a step is undone by keeping the old one.
struct InMemoryQueue: Equatable, Sendable {
  /// Told apart from every other queue by this, as databases are.
  let id = String(UInt64.random(in: .min ... .max), radix: 32)
  /// By sequence, so in the order in which they were enqueued.
  var rows: [Row] = []
  /// By id.
  var workers: [WorkerRecord] = []
  /// What was set, by key.
  var settingTexts: [String: String] = [:]

  private var lastSequence: Int64 = 0
  private var lastRun: Int64 = 0
  private var lastWorker: Int64 = 0
  /// For each boot, what turns its uptime into steady time.
  private var steadyOffsets: [BootID: Duration] = [:]

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

    /// The number of its latest run.
    var run: RunID? { job.latestRun?.run }

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

  /// Time that no jump of the wall clock touches: uptime, moved once for each boot so that it goes on where the wall
  /// clock stood at the first look.
  func steadyTime(_ now: Moment) -> Duration {
    now.uptime + (steadyOffsets[now.boot] ?? Self.steadyOffset(now))
  }

  /// Holds on to the offset of this boot.
  mutating func fixSteadyTime(_ now: Moment) {
    if steadyOffsets[now.boot] == nil { steadyOffsets[now.boot] = Self.steadyOffset(now) }
  }

  private static func steadyOffset(_ now: Moment) -> Duration {
    .milliseconds(now.wall.milliseconds) - now.uptime
  }

  // MARK: Enqueueing

  mutating func insert(
    _ new: NewJob, at now: Moment, settings: Settings, ids: inout JobIDSource
  ) -> EnqueueResult {
    if let id = new.id, holds(id) { return .exists(id) }
    var id = new.id ?? ids.next(at: now.wall)
    while holds(id) { id = ids.next(at: now.wall) }

    var job = Job(
      id: id, command: new.command, state: .pending, attempts: 0,
      maxRetries: new.maxRetries ?? settings.maxRetries, queue: new.queue, priority: new.priority,
      createdAt: now.wall, updatedAt: now.wall)
    job.runAt = new.runAt
    job.timeout = new.timeout ?? settings.timeout
    job.directory = new.directory
    job.environment = new.environment
    job.backoffBase = new.backoffBase

    let wait = new.runAt.map { $0 > now.wall ? Wait.wall($0) : .nothing } ?? .nothing
    rows.append(
      Row(job: job, sequence: nextSequence(), wait: wait, readySince: .wall(now.wall)))
    return .added(id)
  }

  private func holds(_ id: JobID) -> Bool { rows.contains { $0.job.id == id } }

  // MARK: Dead jobs

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

  mutating func retryDead(at index: Int, _ now: Moment) {
    rows[index].job.attempts = 0
    rows[index].crashes = 0
    move(index, to: .pending, at: now)
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

  mutating func retry(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    let indices = try indices(of: references)
    let found = indices.map { shown(rows[$0], at: now) }
    if let job = found.first(where: { !$0.state.canBeRetried }) {
      throw StoreError(
        .wrongState,
        "job \(SafeText.quoted(job.id.text)) is \(job.state): only failed, dead and cancelled jobs can be retried"
      )
    }
    for index in indices {
      if rows[index].job.state != .failed {
        retryDead(at: index, now)
      } else if case .steady(let due) = rows[index].wait {
        fixSteadyTime(now)
        rows[index].wait = .steady(min(due, steadyTime(now)))
      }
    }
    return found
  }

  mutating func cancel(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    let indices = try indices(of: references)
    let found = indices.map { shown(rows[$0], at: now) }
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
  }
}
