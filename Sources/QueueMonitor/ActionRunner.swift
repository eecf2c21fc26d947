import QueueCore

/// Does to the queue what was confirmed, and says what came of it.
///
/// Each job by itself: one that has moved on meanwhile doesn't hold up the others. The store checks its state in the step
/// that changes it.
struct ActionRunner {
  let host: MonitorHost
  let store: any JobStore

  func run(_ action: Action) -> ActionResult {
    switch action {
    case .retry(let ids): retry(ids)
    case .hasten(let ids): hasten(ids)
    case .discard(let ids): discard(ids)
    case .cancel(let ids): cancel(ids)
    case .pause(let queue, let isPaused): pause(queue, isPaused)
    case .stop(let workers, let order): stop(workers, order)
    }
  }

  private func retry(_ ids: [JobID]) -> ActionResult {
    let tally = forEach(ids) { id throws(StoreError) in
      _ = try store.retryDead(.named([id.text]), dryRun: false, at: host.now())
    }
    return tally.result("retried", of: "job")
  }

  private func hasten(_ ids: [JobID]) -> ActionResult {
    let tally = forEach(ids) { id throws(StoreError) in
      _ = try store.retry([id.text], at: host.now())
    }
    return tally.result("retried", of: "job")
  }

  private func discard(_ ids: [JobID]) -> ActionResult {
    let tally = forEach(ids) { id throws(StoreError) in
      let step = try store.discardDead([id.text], dryRun: false)
      host.removeLogs(step.runs)
    }
    return tally.result("discarded", of: "job")
  }

  private func cancel(_ ids: [JobID]) -> ActionResult {
    var running: Set<JobID> = []
    let tally = forEach(ids) { id throws(StoreError) in
      for job in try store.cancel([id.text], at: host.now()) {
        guard job.state.isUnfinished else {
          throw StoreError(.wrongState, "\(job.id) was \(job.state.rawValue) already")
        }
        if job.state == .processing { running.insert(job.id) }
      }
    }
    guard !running.isEmpty else { return tally.result("cancelled", of: "job") }
    wakeWorkers(of: running)
    return tally.result("cancelled", of: "job", "; what runs is being ended")
  }

  private func wakeWorkers(of jobs: Set<JobID>) {
    do throws(StoreError) {
      host.wake(
        try store.workers().filter { $0.current.map { jobs.contains($0.job) } ?? false })
    } catch {
      // They look for themselves with their next heartbeat.
    }
  }

  private func pause(_ queue: String?, _ isPaused: Bool) -> ActionResult {
    let name = queue.map { "queue \($0)" } ?? "everything"
    do throws(StoreError) {
      try store.setPaused(isPaused, queue.map { .named([$0]) } ?? .everything)
      host.ring()
      return ActionResult(text: "\(isPaused ? "paused" : "resumed") \(name)")
    } catch {
      return ActionResult(text: error.message, isWarning: true)
    }
  }

  private func stop(_ ids: [WorkerID], _ order: StopOrder) -> ActionResult {
    var tally = Tally()
    var asked: [WorkerRecord] = []
    for id in ids {
      tally.count { () throws(StoreError) in asked += try store.requestStop(order, of: [id]) }
    }
    host.wake(asked)
    return tally.result("asked to stop:", of: "worker")
  }

  private func forEach(
    _ ids: [JobID], _ step: (JobID) throws(StoreError) -> Void
  ) -> Tally {
    var tally = Tally()
    for id in ids {
      tally.count { () throws(StoreError) in
        // A store also takes the beginning of an id; here it is all of it or nothing.
        guard try store.job(id.text, at: host.now()).id == id else {
          throw StoreError(.notFound, "\(id) is gone")
        }
        try step(id)
      }
    }
    if tally.done > 0 { host.ring() }
    return tally
  }
}

/// How often something was done, and why it wasn't the other times.
private struct Tally {
  private(set) var done = 0
  private var skipped = 0
  private var reason: StoreError?

  mutating func count(_ step: () throws(StoreError) -> Void) {
    do throws(StoreError) {
      try step()
      done += 1
    } catch {
      skipped += 1
      reason = reason ?? error
    }
  }

  func result(_ verb: String, of noun: String, _ ending: String = "") -> ActionResult {
    let all = "\(verb) \(Figures.grouped(done)) \(noun)\(done == 1 ? "" : "s")\(ending)"
    guard skipped > 0, let reason else { return ActionResult(text: all) }
    return ActionResult(
      text: "\(all), skipped \(Figures.grouped(skipped)): \(reason.message)", isWarning: true)
  }
}
