import QueueCore

/// Does to the queue what was confirmed, and says what came of it.
struct ActionRunner {
  let host: MonitorHost
  let store: any JobStore

  func run(_ action: Action) -> ActionResult {
    switch action {
    case .retry(let ids): retry(ids)
    case .stop(let workers, let order): stop(workers, order)
    }
  }

  /// Each by itself: one that isn't dead any more doesn't hold up the others.
  private func retry(_ ids: [JobID]) -> ActionResult {
    var tally = Tally()
    for id in ids {
      tally.count {
        () throws(StoreError) in
        _ = try store.retryDead(.named([id.text]), dryRun: false, at: host.now())
      }
    }
    if tally.done > 0 { host.ring() }
    return tally.result("retried", of: "job")
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
}

/// How often something was done, and why it wasn't the other times.
private struct Tally {
  var done = 0
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

  func result(_ verb: String, of noun: String) -> ActionResult {
    let all = "\(verb) \(Figures.grouped(done)) \(noun)\(done == 1 ? "" : "s")"
    guard skipped > 0, let reason else { return ActionResult(text: all) }
    return ActionResult(
      text: "\(all), skipped \(Figures.grouped(skipped)) (\(reason.message))", isWarning: true)
  }
}
