package import QueueCore

/// Executes a confirmed action in chunks of one transaction each. The store checks each job's state
/// as it changes it, so jobs that have changed since are skipped.
package struct ActionRunner {
  package let dependencies: MonitorDependencies
  package let action: Action
  /// The database file, set with the first chunk.
  package var file: QueueIdentity?
  /// Jobs not processed yet.
  private var rest: ArraySlice<JobID>
  private var tally = Tally()
  /// Whether a running job was cancelled and is still being ended.
  private var endsRunning = false

  package init(_ action: Action, dependencies: MonitorDependencies) {
    self.action = action
    self.dependencies = dependencies
    rest = action.jobs[...]
  }

  /// The progress so far; nil for an action on queues or workers, which is one step.
  package var progress: ActionProgress? {
    guard case .jobs(let kind, let ids) = action else { return nil }
    return ActionProgress(
      verb: kind.presentParticiple, done: ids.count - rest.count, total: ids.count)
  }

  /// Processes chunks until `deadline` (uptime clock). Returns nil while jobs remain.
  package mutating func advance(
    on store: any JobStore, until deadline: Duration
  ) -> ActionResult? {
    let actions = QueueActions(store: store, bell: dependencies.bell, logs: dependencies.logs)
    switch action {
    case .pause(let queue, let isPaused): return pause(queue, isPaused, by: actions)
    case .pauseSchedule(let name, let isPaused): return pauseSchedule(name, isPaused, in: store)
    case .runSchedule(let name): return runSchedule(name, in: store)
    case .limit(let queue, let limit): return self.limit(queue, to: limit, by: actions)
    case .stop(let workers, let order, let run):
      return stop(workers, order, during: run, by: actions)
    case .jobs(let kind, _):
      repeat {
        advance(kind, by: actions)
      } while !rest.isEmpty && dependencies.now().uptime < deadline
      guard rest.isEmpty else { return nil }
      let ending = endsRunning ? "; running jobs are being ended" : ""
      return tally.result(kind.pastParticiple, of: "job", ending)
    }
  }

  /// Returns the result of an action that can't continue, because of `reason`.
  package func broken(off reason: String) -> ActionResult {
    let done = tally.done > 0 ? progress.map { "\($0.text), then: " } : nil
    return ActionResult(text: (done ?? "") + reason, isWarning: true)
  }

  /// Returns the result of an action that its user stopped: the rest of its jobs stay as they were.
  package func stopped() -> ActionResult {
    guard case .jobs(let kind, _) = action else { return ActionResult(text: "stopped") }
    let rest = "; stopped: \(Format.grouped(rest.count)) stay as they were"
    var result = tally.result(kind.pastParticiple, of: "job", rest)
    result.isWarning = true
    return result
  }

  // MARK: Jobs

  private mutating func advance(_ kind: JobAction, by actions: QueueActions) {
    let piece = Array(rest.prefix(JobSelection.partSize))
    do throws(StoreError) {
      let (changed, left) = try change(.listed(piece), kind, by: actions)
      tally.done += changed
      tally.skip(left.count, left.first?.error)
      rest = rest.dropFirst(piece.count)
    } catch {
      // The error concerns the store, not these jobs: skip the rest.
      tally.skip(rest.count, error)
      rest = []
    }
  }

  private mutating func change(
    _ jobs: JobSelection.Jobs, _ kind: JobAction, by actions: QueueActions
  ) throws(StoreError) -> (changed: Int, left: [Refusal]) {
    let now = dependencies.now()
    let step: SelectionStep
    switch kind {
    case .retry: step = try actions.retry(JobSelection(jobs, in: [.dead]), at: now)
    case .retryNow: step = try actions.retry(JobSelection(jobs, in: JobState.retryable), at: now)
    case .discard: step = try actions.remove(JobSelection(jobs, in: [.dead]), at: now)
    case .cancel(let evenRunning):
      let states: [JobState] = [.pending, .failed] + (evenRunning ? [.processing] : [])
      let result = try actions.cancel(JobSelection(jobs, in: states), at: now)
      endsRunning = endsRunning || result.found.contains { $0.state == .processing }
      return (result.found.count, result.left)
    case .pause, .resume:
      let result = try actions.setPaused(
        kind == .pause, runsOf: JobSelection(jobs, in: [.processing]), at: now)
      return (result.found.count, result.left)
    }
    return (step.jobs.count, step.left)
  }

  // MARK: Queues and workers

  private func pause(
    _ queue: String?, _ isPaused: Bool, by actions: QueueActions
  ) -> ActionResult {
    let name = queue.map { "queue \($0)" } ?? "everything"
    do throws(StoreError) {
      try actions.setPaused(isPaused, queue.map { .named([$0]) } ?? .everything)
      return ActionResult(text: "\(isPaused ? "paused" : "resumed") \(name)")
    } catch {
      return ActionResult(text: error.message, isWarning: true)
    }
  }

  private func pauseSchedule(
    _ name: String, _ isPaused: Bool, in store: any JobStore
  ) -> ActionResult {
    let now = dependencies.now()
    do {
      let changed = try ScheduleActions(store: store, bell: dependencies.bell).change(
        name, at: now
      ) { schedule, _ in
        if isPaused { return Schedule.Changed(schedule: schedule.paused(at: now.wall)) }
        return schedule.resumed(in: try dependencies.zone(schedule.spec.zone), at: now.wall)
      }
      let passed =
        changed.passed > 0 ? "; \(changed.passed, of: "time") passed meanwhile, without a job" : ""
      return ActionResult(text: "\(isPaused ? "paused" : "resumed") schedule \(name)\(passed)")
    } catch {
      return ActionResult(text: Self.text(of: error), isWarning: true)
    }
  }

  private func runSchedule(_ name: String, in store: any JobStore) -> ActionResult {
    do {
      let id = try ScheduleActions(store: store, bell: dependencies.bell).run(
        name, isBesideOthers: false, settings: try store.settings(), at: dependencies.now())
      return ActionResult(text: "schedule \(name) enqueued \(id)")
    } catch {
      return ActionResult(text: Self.text(of: error), isWarning: true)
    }
  }

  private static func text(of error: any Error) -> String {
    (error as? StoreError)?.message ?? "\(error)"
  }

  private func limit(_ queue: String, to limit: Int?, by actions: QueueActions) -> ActionResult {
    do throws(StoreError) {
      try actions.setRunningLimit(limit, of: queue)
      let words = limit.map { "runs at most \($0, of: "job") at a time" } ?? "has no limit now"
      return ActionResult(text: "queue \(queue) \(words)")
    } catch {
      return ActionResult(text: error.message, isWarning: true)
    }
  }

  private mutating func stop(
    _ ids: [WorkerID], _ order: StopOrder, during run: RunID?, by actions: QueueActions
  ) -> ActionResult {
    for id in ids {
      do throws(StoreError) {
        try actions.requestStop(order, of: [id], during: run)
        tally.done += 1
      } catch {
        tally.skip(1, error)
      }
    }
    return tally.result("stop requested:", of: "worker")
  }
}

/// Counts of changed and skipped jobs or workers, with the first reason for a skip.
private struct Tally {
  var done = 0
  private var skipped = 0
  private var reason: StoreError?

  mutating func skip(_ count: Int, _ reason: StoreError?) {
    skipped += count
    self.reason = self.reason ?? reason
  }

  func result(_ participle: String, of noun: String, _ ending: String = "") -> ActionResult {
    let all = "\(participle) \(Format.grouped(done)) \(noun)\(done == 1 ? "" : "s")\(ending)"
    guard skipped > 0, let reason else { return ActionResult(text: all) }
    return ActionResult(
      text: "\(all), skipped \(Format.grouped(skipped)): \(reason.message)", isWarning: true)
  }
}
