import QueueCore

extension InMemoryQueue {
  // MARK: Workers

  mutating func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    lease: Duration, at now: Moment
  ) -> WorkerID {
    let id = nextWorker()
    var worker = WorkerRecord(
      id: id, process: process, queues: queues, lease: lease, version: version, at: now)
    worker.stop = generalStop?.order(since: begun, at: now)
    workers.append(worker)
    return id
  }

  mutating func stopAll(_ order: StopOrder, at now: Moment) -> [WorkerRecord] {
    generalStop = GeneralStop(order, uptime: now.uptime, boot: now.boot)
    for index in workers.indices { workers[index].stop = max(order, workers[index].stop ?? order) }
    return workers
  }

  mutating func renew(
    _ worker: WorkerID, stopping order: StopOrder?, lease: Duration, at now: Moment
  ) -> RenewResult {
    guard let index = admitted(worker) else { return .evicted }
    spoke(worker, at: now)
    keepSteadyTime(now)
    workers[index].lease = lease
    workers[index].stop = [workers[index].stop, order].compactMap { $0 }.max()
    let run = workers[index].current?.run
    return .known(
      workers[index].stop, cancelled: run.flatMap { isToBeCancelled($0) ? $0 : nil },
      freeze: run.flatMap { run in freeze(of: run).map { FreezeOrder(run: run, state: $0) } })
  }

  private func freeze(of run: RunID) -> FreezeState? {
    processing(run).flatMap { rows[$0].job.latestRun?.freeze }
  }

  mutating func setPaused(
    _ isPaused: Bool, _ selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    let (indices, step) = try plan(selection, at: now) { _ in nil }
    var result = Cancellation()
    result.found = indices.map { shown(rows[$0], at: now) }
    result.left = step.left
    for index in indices {
      guard let run = rows[index].job.latestRun else { continue }
      set(FreezeState.ordered(isPaused, from: run.freeze), of: index)
    }
    return result
  }

  mutating func setFrozen(_ time: Timestamp?, _ run: RunID) -> Bool {
    guard let index = processing(run),
      let state = FreezeState.reported(time, from: rows[index].job.latestRun?.freeze)
    else { return false }
    set(state, of: index)
    return true
  }

  private mutating func set(_ state: FreezeState?, of index: Int) {
    rows[index].job.latestRun?.freeze = state
    let run = rows[index].run
    for worker in workers.indices where workers[worker].current?.run == run {
      workers[worker].current?.freeze = state
    }
  }

  /// The index of a registered worker that isn't evicted.
  private func admitted(_ worker: WorkerID) -> Int? {
    workers.firstIndex { $0.id == worker && !$0.isEvicted }
  }

  private mutating func spoke(_ worker: WorkerID, at now: Moment) {
    guard let index = workers.firstIndex(where: { $0.id == worker }) else { return }
    workers[index].heartbeatAt = now.wall
    workers[index].heartbeatUptime = now.uptime
  }

  mutating func requestStop(
    _ order: StopOrder, of asked: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    for id in asked where !workers.contains(where: { $0.id == id }) {
      throw StoreError(.notFound, "no worker is called \(id)")
    }
    if let run {
      for worker in workers where asked.contains(worker.id) {
        guard worker.current?.run != run else { continue }
        throw StoreError(.wrongState, "\(worker.id) no longer runs that job")
      }
    }
    for index in workers.indices where asked.contains(workers[index].id) {
      workers[index].stop = max(order, workers[index].stop ?? order)
    }
    return workers.filter { asked.contains($0.id) }
  }

  // MARK: Claiming

  mutating func claimNext(for worker: WorkerID, at now: Moment) -> ClaimResult {
    guard let index = admitted(worker) else { return .evicted }
    if let order = workers[index].stop { return .stop(order) }
    precondition(workers[index].current == nil, "\(worker) claims while it has a job")

    fixSteadyTime(now)
    makeReady(at: now)
    let queues = workers[index].queues
    let waiting = rows.indices.filter {
      rows[$0].isWaiting && rows[$0].unmet.isEmpty
        && (queues.isEmpty || queues.contains(rows[$0].job.queue))
    }
    let ready = waiting.filter { rows[$0].wait == .nothing && mayGiveOut(from: rows[$0].job.queue) }
    // The first of the highest priority. Rows are in order of sequence, and `max` would return the
    // last.
    guard let next = ready.min(by: { rows[$0].job.priority > rows[$1].job.priority }) else {
      return .nothing(nextDue: waiting.compactMap { rest(of: rows[$0].wait, at: now) }.min())
    }
    return .job(open(next, workerAt: index, at: now))
  }

  private func mayGiveOut(from queue: String) -> Bool {
    guard !isEverythingPaused, let control = controls[queue], !control.isPaused else {
      return false
    }
    let running = rows.count { $0.job.queue == queue && $0.job.state == .processing }
    return control.runningLimit.map { running < $0 } ?? true
  }

  func mayStillRun(in queues: [String], for worker: WorkerID) -> Bool {
    func isMoving(_ row: Row) -> Bool {
      guard row.job.state.isUnfinished, row.unmet.isEmpty else { return false }
      guard row.job.state == .failed, row.wait != .nothing, let run = row.job.latestRun else {
        return true
      }
      return !run.isRefused || run.worker != worker
    }
    let own = rows.filter { queues.isEmpty || queues.contains($0.job.queue) }
    if own.contains(where: isMoving) { return true }
    return own.contains { $0.job.state.isUnfinished } && rows.contains(where: isMoving)
  }

  /// A due job stays ready, whatever the clock does.
  private mutating func makeReady(at now: Moment) {
    for index in rows.indices where rows[index].isWaiting {
      if let rest = rest(of: rows[index].wait, at: now), rest <= .zero {
        rows[index].readySince = rows[index].wait
        rows[index].wait = .nothing
      }
    }
  }

  func rest(of wait: Wait, at now: Moment) -> Duration? {
    switch wait {
    case .nothing: nil
    case .wall(let time): time - now.wall
    case .steady(let time): time - steadyTime(now)
    }
  }

  /// By the wall clock, unless it was set forward by more than a day since then.
  func waited(since ready: Wait, at now: Moment) -> Duration {
    if case .wall(let time) = ready {
      let steady = Timestamp(milliseconds: steadyTime(now).milliseconds)
      if now.wall - steady > .seconds(86_400), time <= steady { return steady - time }
    }
    return max(.zero, .zero - (rest(of: ready, at: now) ?? .zero))
  }

  private mutating func open(_ index: Int, workerAt workerIndex: Int, at now: Moment) -> ClaimedJob
  {
    let run = nextRun()
    let runName = "\(id)-\(run)"
    let waited = waited(since: rows[index].readySince, at: now)
    move(index, to: .processing, at: now)
    let startedAt = rows[index].job.updatedAt
    rows[index].job.latestRun.map { rows[index].earlierRuns.append($0) }
    rows[index].job.progress = nil
    rows[index].job.latestRun = Run(
      id: run, attempt: rows[index].job.attempts + 1, worker: workers[workerIndex].id,
      startedAt: startedAt, waited: waited)
    let job = rows[index].job
    count(.started, in: job.queue, waited, at: now)
    workers[workerIndex].current = WorkerRecord.Assignment(
      job: job.id, run: run, runName: runName, since: startedAt)
    return ClaimedJob(
      run: run, runName: runName, id: job.id, spec: job.spec, tally: tally(of: rows[index]),
      origin: job.origin)
  }

  private func tally(of row: Row) -> RetryBudget {
    RetryBudget(
      attempts: row.job.attempts, crashes: row.crashes, maxRetries: row.job.maxRetries)
  }

  /// - Returns: whether the run is live; otherwise nothing is changed.
  mutating func setProgress(_ progress: JobProgress, of runName: String) -> Bool {
    guard
      let index = rows.firstIndex(where: { row in
        row.job.state == .processing && row.run.map { "\(id)-\($0)" } == runName
      })
    else { return false }
    rows[index].job.progress = progress
    return true
  }

  // MARK: Finishing

  /// - Returns: whether other jobs waited for it; nil, and nothing is changed, if the run wasn't
  ///   its job's latest.
  mutating func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition, at now: Moment
  ) -> Bool? {
    guard let index = processing(run),
      !workers.contains(where: { $0.isEvicted && $0.current?.run == run })
    else { return nil }
    let sequence = rows[index].sequence
    let freesOthers =
      rows.contains { $0.unmet.contains { $0.needs == sequence } }
      || controls[rows[index].job.queue]?.runningLimit != nil
    close(index, report, transition, at: now)

    spoke(worker, at: now)
    guard let workerIndex = workers.firstIndex(where: { $0.id == worker }) else {
      return freesOthers
    }
    workers[workerIndex].current = nil
    switch report.end {
    case .exited(0), .accepted: workers[workerIndex].completed += 1
    case .exited, .signaled, .timedOut, .notStarted: workers[workerIndex].failed += 1
    case .snoozed, .stopped, .cancelled, .lost: break
    }
    return freesOthers
  }

  mutating func evict(_ expected: WorkerRecord) -> Bool {
    guard let index = workers.firstIndex(where: { $0.id == expected.id }) else { return false }
    let worker = workers[index]
    guard worker.heartbeatAt == expected.heartbeatAt,
      worker.heartbeatUptime == expected.heartbeatUptime,
      worker.current?.run == expected.current?.run
    else { return false }
    workers[index].isEvicted = true
    return true
  }

  mutating func release(
    _ id: WorkerID, settings: Settings, maxCrashes: Int, at now: Moment
  ) -> ReclaimedJob? {
    guard let workerIndex = workers.firstIndex(where: { $0.id == id && $0.isEvicted }) else {
      return nil
    }
    let worker = workers.remove(at: workerIndex)
    guard let index = worker.current.flatMap({ processing($0.run) }) else { return nil }

    var transition = Transition.afterLoss(
      tally(of: rows[index]), policy: settings.retryPolicy(rows[index].job.retryRules),
      maxCrashes: maxCrashes)
    if rows[index].isToBeCancelled { transition = transition.cancelled }
    let cause =
      transition.state == .dead
      ? "worker lost; \(transition.crashes) workers in a row died with this job" : nil
    let elapsed = rows[index].job.latestRun.map { max(.zero, now.wall - $0.startedAt) }
    close(
      index, RunReport(end: .lost, cause: cause, elapsed: elapsed ?? .zero), transition, at: now)
    return ReclaimedJob(
      job: rows[index].job.id, state: transition.state, delay: transition.delay)
  }

  /// Whether the job whose latest run is `run` has a cancel request.
  func isToBeCancelled(_ run: RunID) -> Bool {
    processing(run).map { rows[$0].isToBeCancelled } ?? false
  }

  private func processing(_ run: RunID) -> Int? {
    rows.firstIndex { $0.run == run && $0.job.state == .processing }
  }

  private mutating func close(
    _ index: Int, _ report: RunReport, _ transition: Transition, at now: Moment
  ) {
    move(index, to: transition.state, at: now)
    rows[index].job.attempts = transition.attempts
    rows[index].crashes = transition.crashes
    rows[index].job.latestRun = rows[index].job.latestRun?.ended(
      report, at: rows[index].job.updatedAt)
    let queue = rows[index].job.queue
    count(QueueEvent(report.end), in: queue, report.elapsed, at: now)
    if transition.state == .dead { count(.dead, in: queue, at: now) }
    guard transition.state == .failed, let delay = transition.delay else { return }
    keepSteadyTime(now)
    rows[index].wait = .steady(steadyTime(now) + delay)
  }
}
