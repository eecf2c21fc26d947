import QueueCore
import QueueHost

/// The expected state of the queue, computed from the calls made: a model that follows
/// the documented guarantees, not the store's code.
struct Ledger {
  /// In the order in which they were enqueued.
  var jobs: [Entry] = []
  private(set) var holds = Holds()
  var schedules = ScheduleLedger()
  private let time: WorldTime
  private var successes: Set<RunID> = []
  /// The latest heartbeats, in the world's time.
  private var lastWords: [WorkerID: (process: SimulatedProcess, at: Duration)] = [:]
  /// When each worker's command began, and when all workers were last ordered to stop.
  private var begun: [WorkerID: Duration] = [:]
  private var lastStop: Moment?

  init(time: WorldTime) { self.time = time }

  /// One job.
  struct Entry {
    var id: JobID
    let queue: String
    var command: String
    let maxRetries: Int
    /// The unique key.
    let key: String?
    var state = JobState.pending
    /// Runs that ended by themselves since it was enqueued or retried.
    var ownRuns = 0
    /// Lost runs in a row.
    var losses = 0
    /// Whether it was cancelled while it ran.
    var isToBeCancelled = false
    /// Its run and worker.
    var hands: (run: RunID, worker: WorkerID)?
    /// Whether its worker was evicted, so that its result is rejected.
    var isFenced = false
    var readiness: Readiness
    /// The longest remaining wait, however the clocks change; nil if a user set the time.
    var backoff: Duration?
    /// The schedule that it belongs to.
    var schedule: ScheduleID?
    /// Its prerequisites that haven't been met.
    var needs: [(job: JobID, accepts: Prerequisite.Accepted)]
  }

  /// When a waiting job may be claimed.
  enum Readiness {
    case now
    case wall(Timestamp)
    case uptime(Duration, BootID?)

    /// The readiness of a job due at a wall-clock time. A failed job waits in queue time.
    static func at(_ time: Timestamp?, _ state: JobState, _ now: Moment) -> Readiness {
      guard let time, time > now.wall else { return .now }
      guard state == .failed else { return .wall(time) }
      // Between the two clocks, times are converted to the nearest second.
      return .uptime(now.uptime + (time - now.wall) - .milliseconds(500), now.boot)
    }

    /// After a boot any time may be right, because it is unknown how long the machine was down.
    func isMet(at now: Moment) -> Bool {
      switch self {
      case .now: true
      case .wall(let time): time <= now.wall
      case .uptime(let uptime, let boot): boot != now.boot || uptime <= now.uptime
      }
    }
  }

  /// The process of a worker.
  func process(of worker: WorkerID) -> SimulatedProcess? { lastWords[worker]?.process }

  /// Whether the recorded end of this run was a success.
  func wasSuccessful(_ run: RunID) -> Bool { successes.contains(run) }

  /// The age of a worker's latest heartbeat; nil for an unknown worker.
  func silence(of worker: WorkerID, at now: Moment) -> Duration? {
    lastWords[worker].map { time.time(of: now) - $0.at }
  }

  /// Applies a call.
  /// - Returns: the indices of the affected jobs.
  /// - Throws: the violation, if the result isn't the expected one.
  mutating func note(_ change: Change) throws(Violation) -> [Int] {
    let touched = try apply(change)
    try checkKeys()
    return touched + meetPrerequisites(at: change.moment)
  }

  private mutating func apply(_ change: Change) throws(Violation) -> [Int] {
    switch change {
    case .enqueued(let jobs, let results, let settings, let now):
      return try add(jobs.map { Entry($0, settings, at: now) }, results)
    case .restored(let stored, let results, let now):
      return try add(stored.map { Entry($0.atRest, at: now) }, results)
    case .edited(let step, let edit, let now):
      return try step.jobs.map { job throws(Violation) in try self.edit(job, edit, at: now) }
    case .registered(let worker, let process, let begun, let now):
      lastWords[worker] = (process, time.time(of: now))
      // Uses the process's real start, because a faulty call may have passed another.
      self.begun[worker] = min(begun, process.begun)
      return []
    case .stoppedAll(let now):
      lastStop = now
      return []
    case .renewed(let worker, let result, let now):
      if case .known = result { lastWords[worker]?.at = time.time(of: now) }
      return []
    case .claimed(let worker, let result, let now):
      return try claim(worker, result, at: now)
    case .finished(let run, let worker, let report, let transition, let result, let now):
      return try finish(run, by: worker, report, transition, result, at: now)
    case .evicted(let record):
      if let index = jobs.firstIndex(where: { $0.hands?.worker == record.id }) {
        jobs[index].isFenced = true
      }
      return []
    case .released(let worker, let maxCrashes, let result, let now):
      return try release(worker, maxCrashes, result, at: now)
    case .retried(let selection, let edit, let step):
      return try retry(selection, edit, step)
    case .cancelled(let found, _):
      return try cancel(found)
    case .removed(let step):
      return try remove(step)
    case .paused(let isPaused, let selection):
      holds.setPaused(isPaused, selection)
      return []
    case .freezing(let ids): return jobs.indices.filter { ids.contains(jobs[$0].id) }
    case .limited(let limit, let queue):
      holds.limits[queue] = limit
      return []
    case .scheduleAdded(let schedule, _):
      schedules.add(schedule)
      return []
    case .scheduleChanged(let schedule, let now):
      try schedules.change(schedule, at: now)
      return []
    case .scheduleRemoved(let name):
      schedules.remove(name)
      return []
    case .scheduleRun(let name, let job, let settings, let now):
      return try runByHand(name, job, settings, at: now)
    case .advanced(let advances, let settings, let now):
      return try advance(advances, settings, at: now)
    case .other:
      return []
    }
  }

  // MARK: - Schedules

  private mutating func runByHand(
    _ name: String, _ job: JobID, _ settings: Settings, at now: Moment
  ) throws(Violation) -> [Int] {
    guard let schedule = schedules.known.values.first(where: { $0.name == name }) else {
      throw Violation(.movedAsTold, "\(name) was run, though it isn't there")
    }
    return [
      add(
        .init(job: job, spec: schedule.spec.job, schedule: schedule.id, overlap: .allow),
        settings, at: now)
    ]
  }

  private mutating func advance(
    _ advances: [ScheduleAdvance], _ settings: Settings, at now: Moment
  ) throws(Violation) -> [Int] {
    var touched: [Int] = []
    for advance in advances {
      for new in try schedules.advance(advance, at: now) {
        touched += try makeWay(for: new)
        touched.append(add(new, settings, at: now))
      }
    }
    return touched
  }

  /// Applies the overlap policy to a schedule's unfinished jobs before a new one.
  private mutating func makeWay(
    for new: ScheduleLedger.NewlyEnqueued
  ) throws(Violation) -> [Int] {
    let unfinished = unfinishedJobs(of: new.schedule)
    switch new.overlap {
    case .allow: break
    case .skip where !unfinished.isEmpty:
      throw Violation(
        .noOverlap, "\(new.job) was enqueued beside \(unfinished.map { jobs[$0].id })")
    case .queue where unfinished.contains { jobs[$0].state == .pending }:
      throw Violation(.noOverlap, "\(new.job) waits beside \(unfinished.map { jobs[$0].id })")
    case .skip, .queue: break
    case .replace:
      for index in unfinished {
        if jobs[index].state == .processing {
          jobs[index].isToBeCancelled = true
        } else {
          jobs[index].cancel()
        }
      }
      return unfinished
    }
    return []
  }

  private func unfinishedJobs(of schedule: ScheduleID) -> [Int] {
    jobs.indices.filter { jobs[$0].schedule == schedule && jobs[$0].state.isUnfinished }
  }

  /// - Returns: its index.
  private mutating func add(
    _ new: ScheduleLedger.NewlyEnqueued, _ settings: Settings, at now: Moment
  ) -> Int {
    var entry = Entry(
      id: new.job, queue: new.spec.queue, command: new.spec.command,
      maxRetries: new.spec.maxRetries ?? settings.maxRetries, key: nil, readiness: .now,
      schedule: new.schedule, needs: [])
    if new.overlap == .queue || new.overlap == .replace {
      entry.needs = unfinishedJobs(of: new.schedule).map { (jobs[$0].id, .anyEnd) }
    }
    jobs.append(entry)
    return jobs.count - 1
  }

  // MARK: - Calls

  /// - Parameter new: the jobs; each gets the id under which it was stored.
  private mutating func add(
    _ new: [Entry], _ results: [EnqueueResult]
  ) throws(Violation) -> [Int] {
    let first = jobs.count
    // Jobs that are removed again are reported after all others.
    let refused = results.dropFirst(new.count).compactMap { result in
      if case .refused(let id, _) = result { id } else { nil }
    }
    // Dependants of a job whose key was taken wait for the holder of the key instead.
    var substitutes: [JobID: JobID] = [:]
    for (job, result) in zip(new, results) {
      var job = job
      switch result {
      case .added(let id):
        job.id = id
        jobs.append(job)
      case .keyTaken(let key, let holder):
        guard jobs.contains(where: { $0.id == holder && $0.key == key && $0.state.isUnfinished })
        else {
          throw Violation(.oncePerKey, "\(holder) was said to have the key \(key): it hasn't")
        }
        substitutes[job.id] = holder
      case .exists, .refused: break
      }
    }
    for index in first..<jobs.count {
      for need in jobs[index].needs.indices {
        let name = jobs[index].needs[need].job
        jobs[index].needs[need].job = substitutes[name] ?? name
      }
    }
    jobs.removeAll { refused.contains($0.id) }
    return Array(first..<jobs.count)
  }

  private func checkKeys() throws(Violation) {
    let holders = Dictionary(
      grouping: jobs.filter { $0.key != nil && $0.state.isUnfinished }, by: \.key)
    for (key, jobs) in holders where jobs.count > 1 {
      throw Violation(.oncePerKey, "\(key ?? "") is the key of \(jobs.map(\.id))")
    }
  }

  private mutating func edit(
    _ job: JobID, _ edit: JobEdit, at now: Moment
  ) throws(Violation) -> Int {
    guard let index = jobs.firstIndex(where: { $0.id == job }),
      [.pending, .failed].contains(jobs[index].state)
        || [.dead, .cancelled].contains(jobs[index].state) && edit.runAt == nil
    else { throw Violation(.movedAsTold, "\(job) was edited in a state that forbids it") }
    if let command = edit.command { jobs[index].command = command }
    if let time = edit.runAt {
      jobs[index].readiness = .at(time, jobs[index].state, now)
      jobs[index].backoff = nil
    }
    return index
  }

  private mutating func claim(
    _ worker: WorkerID, _ result: ClaimResult, at now: Moment
  ) throws(Violation) -> [Int] {
    // Once due, a job stays ready, however the clock changes.
    for index in jobs.indices where jobs[index].readiness.isMet(at: now) {
      jobs[index].readiness = .now
    }
    let met = meetPrerequisites(at: now)
    guard case .job(let claim) = result else { return met }
    if let lastStop, lastStop.boot == now.boot, let begun = begun[worker], begun < lastStop.uptime {
      throw Violation(
        .stopHolds,
        "\(worker), begun at \(begun), was given \(claim.id): all were asked to stop at "
          + "\(lastStop.uptime)")
    }
    guard let index = jobs.firstIndex(where: { $0.id == claim.id }) else {
      throw Violation(.movedAsTold, "\(worker) was given \(claim.id), which nobody enqueued")
    }
    let entry = jobs[index]
    guard entry.state == .pending || entry.state == .failed else {
      throw Violation(.readyOnly, "\(worker) was given \(claim.id), which is \(entry.state)")
    }
    guard case .now = entry.readiness else {
      throw Violation(
        .readyOnly,
        "\(worker) was given \(claim.id) at \(now.uptime), before its time: \(entry.readiness)")
    }
    try checkHolds(entry)
    guard claim.command == entry.command else {
      throw Violation(.movedAsTold, "\(claim.id) is to run \(claim.command), not \(entry.command)")
    }
    let tally = RetryBudget(
      attempts: entry.ownRuns, crashes: entry.losses, maxRetries: entry.maxRetries)
    guard claim.tally == tally else {
      throw Violation(
        .ownRunsCount, "\(claim.id) was given out with \(claim.tally), it has had \(tally)")
    }
    jobs[index].state = .processing
    jobs[index].hands = (claim.run, worker)
    return met + [index]
  }

  private mutating func finish(
    _ run: RunID, by worker: WorkerID, _ report: RunReport, _ transition: Transition,
    _ result: FinishResult, at now: Moment
  ) throws(Violation) -> [Int] {
    let index = jobs.firstIndex { $0.hands?.run == run && !$0.isFenced }
    let next: ClaimResult?
    switch result {
    case .recorded(let claim, _), .cancelled(let claim, _): next = claim
    case .superseded:
      guard let index else { return [] }
      throw Violation(
        .fenced, "the end of run \(run) was refused, though it is \(jobs[index].id)'s latest")
    }
    guard let index else {
      throw Violation(
        .fenced, "\(worker) could write down the end of run \(run), which isn't its own any more")
    }
    lastWords[worker]?.at = time.time(of: now)
    if report.end.isSuccess { successes.insert(run) }
    jobs[index].end(report.end, delay: transition.delay, at: now)
    guard let next else { return [index] }
    return [index] + (try claim(worker, next, at: now))
  }

  private mutating func release(
    _ worker: WorkerID, _ maxCrashes: Int, _ result: ReclaimedJob?, at now: Moment
  ) throws(Violation) -> [Int] {
    guard let result else { return [] }
    let held = jobs.firstIndex { $0.hands?.worker == worker && $0.isFenced }
    guard let index = held, jobs[index].id == result.job else {
      throw Violation(
        .movedAsTold, "\(result.job) was taken from \(worker), which didn't have it to lose")
    }
    jobs[index].lose(maxCrashes: maxCrashes, delay: result.delay, at: now)
    return [index]
  }

  /// - Returns: no indices, because the jobs were removed.
  private mutating func remove(_ step: SelectionStep) throws(Violation) -> [Int] {
    for id in step.jobs {
      guard let index = jobs.firstIndex(where: { $0.id == id }), !jobs[index].state.isUnfinished
      else { throw Violation(.nothingLost, "\(id) was removed, though it hadn't ended") }
      jobs.remove(at: index)
    }
    return []
  }

  private mutating func cancel(_ found: [Job]) throws(Violation) -> [Int] {
    var touched: [Int] = []
    for job in found {
      guard let index = jobs.firstIndex(where: { $0.id == job.id }), jobs[index].state == job.state
      else { throw Violation(.movedAsTold, "\(job.id) was found \(job.state) to be cancelled") }
      touched.append(index)
      switch job.state {
      case .pending, .failed: jobs[index].cancel()
      case .processing: jobs[index].isToBeCancelled = true
      case .completed, .dead, .cancelled: break
      }
    }
    return touched
  }

  private mutating func retry(
    _ selection: JobSelection, _ edit: JobEdit?, _ step: SelectionStep
  ) throws(Violation) -> [Int] {
    let meant = jobs.indices.filter { index in
      guard selection.states.contains(jobs[index].state) else { return false }
      switch selection.jobs {
      case .named(let ids): return ids.contains(jobs[index].id.text)
      case .listed(let ids): return ids.contains(jobs[index].id)
      case .matching: return true
      }
    }
    var retried: [Int] = []
    // Of several jobs with one key, the first is retried. A failed job already holds its key.
    for index in meant where jobs[index].state == .failed || !isKeyTaken(jobs[index].key) {
      jobs[index].readiness = .now
      if let command = edit?.command { jobs[index].command = command }
      if jobs[index].state != .failed { jobs[index].startAnew() }
      retried.append(index)
    }
    guard Set(retried.map { jobs[$0].id }) == Set(step.jobs) else {
      throw Violation(.movedAsTold, "\(step.jobs) were retried, \(retried.count) jobs were meant")
    }
    return retried
  }

  private func isKeyTaken(_ key: String?) -> Bool {
    key != nil && jobs.contains { $0.key == key && $0.state.isUnfinished }
  }
}

extension Ledger.Entry {
  /// A new job. An omitted id is set once the store has generated it.
  fileprivate init(_ job: NewJob, _ settings: Settings, at now: Moment) {
    self.init(
      id: job.id ?? JobID(trusted: ""), queue: job.queue, command: job.command,
      maxRetries: job.maxRetries ?? settings.maxRetries, key: job.uniqueKey,
      readiness: .at(job.runAt, .pending, now), schedule: nil,
      needs: job.prerequisites.map { (JobID(trusted: $0.reference), $0.accepts) })
  }

  /// A job exported from another queue.
  fileprivate init(_ job: ExportedJob, at now: Moment) {
    self.init(job.asked, Settings(), at: now)
    readiness = .at(job.asked.runAt, job.state, now)
    (state, ownRuns, losses) = (job.state, job.attempts, job.crashes)
  }

  /// Applies the recorded end of a run.
  fileprivate mutating func end(_ outcome: RunEnd, delay: Duration?, at now: Moment) {
    hands = nil
    readiness = .now
    switch outcome {
    case .exited, .accepted, .signaled, .timedOut, .notStarted:
      ownRuns += 1
      losses = 0
      if outcome.isSuccess {
        state = .completed
      } else if ownRuns <= maxRetries {
        state = .failed
        backOff(delay, at: now)
      } else {
        state = .dead
      }
    case .snoozed:
      losses = 0
      state = .failed
      backOff(delay, at: now)
    case .stopped, .lost: state = .pending
    case .cancelled: state = .cancelled
    }
    if isToBeCancelled { state.isUnfinished ? cancel() : (isToBeCancelled = false) }
  }

  private mutating func backOff(_ delay: Duration?, at now: Moment) {
    backoff = delay ?? .zero
    readiness = .uptime(now.uptime + (delay ?? .zero), now.boot)
  }

  /// Requeues it with all its retries.
  fileprivate mutating func startAnew() {
    state = .pending
    (ownRuns, losses, readiness) = (0, 0, .now)
  }

  /// Cancels it in any state.
  fileprivate mutating func cancel() {
    state = .cancelled
    readiness = .now
    isToBeCancelled = false
  }

  /// Applies the loss of a run with its worker.
  fileprivate mutating func lose(maxCrashes: Int, delay: Duration?, at now: Moment) {
    hands = nil
    isFenced = false
    readiness = .now
    losses += 1
    if losses >= maxCrashes {
      state = .dead
    } else {
      // The first loss may be chance; from the second on the job backs off.
      state = losses == 1 ? .pending : .failed
      if losses > 1 { backOff(delay, at: now) }
    }
    if isToBeCancelled { cancel() }
  }
}
