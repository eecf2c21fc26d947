package import QueueCore
package import QueueHost

/// Does to the queue what was confirmed, a piece at a time, and says what came of it.
///
/// Each job by itself: one that has moved on meanwhile doesn't hold up the others. The store checks
/// its state in the step that changes it.
package struct ActionRunner {
  package let host: MonitorHost
  package let action: Action
  /// The queue that it is done to, from its first piece on.
  package var file: FileIdentity?
  /// Those that it wasn't tried for yet.
  private var rest: ArraySlice<JobID>
  private var tally = Tally()
  /// What was found running of those that are cancelled.
  private var running: Set<JobID> = []

  package init(_ action: Action, host: MonitorHost) {
    self.action = action
    self.host = host
    rest = action.jobs[...]
  }

  /// How far it is.
  package var progress: ActionProgress {
    let total = action.jobs.count
    return ActionProgress(verb: action.verb, done: total - rest.count, total: total)
  }

  /// Goes on until a time, by the uptime clock, but for one job at least.
  /// - Returns: what came of it; nil while there is more to do.
  package mutating func advance(
    on store: any QueueOperator & QueueReader, until deadline: Duration
  ) -> ActionResult? {
    let host = host
    let actions = QueueActions(store: store, bell: host.bell, logs: host.logs)
    switch action {
    case .retry:
      return forEach(until: deadline, in: store, "retried") { id throws(StoreError) in
        try actions.retryDead(.named([id.text]), at: host.now())
      }
    case .hasten:
      return forEach(until: deadline, in: store, "retried") { id throws(StoreError) in
        try actions.retry([id.text], at: host.now())
      }
    case .discard:
      return forEach(until: deadline, in: store, "discarded") { id throws(StoreError) in
        try actions.discardDead([id.text])
      }
    case .cancel(_, let evenRunning):
      return cancel(evenRunning: evenRunning, by: actions, on: store, until: deadline)
    case .pause(let queue, let isPaused): return pause(queue, isPaused, by: actions)
    case .stop(let workers, let order, let run):
      return stop(workers, order, during: run, by: actions)
    }
  }

  /// It can't go on, as there is nothing to do it to.
  package func broken(off reason: String) -> ActionResult {
    let done = tally.done > 0 ? "\(progress.text), then: " : ""
    return ActionResult(text: done + reason, isWarning: true)
  }

  // MARK: Jobs

  private mutating func forEach(
    until deadline: Duration, in store: any QueueReader, _ participle: String,
    _ step: (JobID) throws(StoreError) -> Void
  ) -> ActionResult? {
    let host = host
    repeat {
      guard let id = rest.popFirst() else { break }
      let isPossible = tally.count { () throws(StoreError) in
        // A store also takes the beginning of an id; here it is all of it or nothing.
        guard try store.job(id.text, at: host.now()).id == id else {
          throw StoreError(.notFound, "\(id) is gone")
        }
        try step(id)
      }
      if !isPossible {
        tally.skip(rest.count)
        rest = []
      }
    } while host.now().uptime < deadline
    return rest.isEmpty ? tally.result(participle, of: "job") : nil
  }

  private mutating func cancel(
    evenRunning: Bool, by actions: QueueActions, on store: any QueueReader, until deadline: Duration
  ) -> ActionResult? {
    let host = host
    var found: Set<JobID> = []
    let result = forEach(until: deadline, in: store, "cancelled") { id throws(StoreError) in
      for job in try actions.cancel([id.text], onlyWaiting: !evenRunning, at: host.now()) {
        guard job.state.isUnfinished else {
          throw StoreError(.wrongState, "\(job.id) was \(job.state.rawValue) already")
        }
        if job.state == .processing { found.insert(job.id) }
      }
    }
    running.formUnion(found)
    guard result != nil, !running.isEmpty else { return result }
    return tally.result("cancelled", of: "job", "; what runs is being ended")
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

  private mutating func stop(
    _ ids: [WorkerID], _ order: StopOrder, during run: RunID?, by actions: QueueActions
  ) -> ActionResult {
    for id in ids {
      _ = tally.count { () throws(StoreError) in
        try actions.requestStop(order, of: [id], during: run)
      }
    }
    return tally.result("asked to stop:", of: "worker")
  }
}

/// How often something was done, and why it wasn't the other times.
private struct Tally {
  package private(set) var done = 0
  private var skipped = 0
  private var reason: StoreError?

  /// - Returns: false when the others needn't be tried, as the failure isn't about this one.
  package mutating func count(_ step: () throws(StoreError) -> Void) -> Bool {
    do throws(StoreError) {
      try step()
      done += 1
      return true
    } catch {
      skipped += 1
      reason = reason ?? error
      return error.code == .notFound || error.code == .wrongState || error.code == .duplicate
    }
  }

  package mutating func skip(_ count: Int) { skipped += count }

  package func result(_ participle: String, of noun: String, _ ending: String = "") -> ActionResult
  {
    let all = "\(participle) \(Figures.grouped(done)) \(noun)\(done == 1 ? "" : "s")\(ending)"
    guard skipped > 0, let reason else { return ActionResult(text: all) }
    return ActionResult(
      text: "\(all), skipped \(Figures.grouped(skipped)): \(reason.message)", isWarning: true)
  }
}
