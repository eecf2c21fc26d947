import QueueCore
import QueueTestSupport

extension World {
  /// The faults stop, workers run on, time passes: every job has to be finished then, but for those
  /// that wait for one which ended otherwise than it should have; and nothing of the dead to be
  /// left.
  func comeToRest() throws {
    note("the faults stop")
    isCalm = true
    for host in hosts {
      host.machine.calm()
      host.link = .whole
      host.pausedUntil = nil
    }
    boot()
    for process in processes { process.isFrozen = false }
    runCommand("let all go on") { _, store in
      let queues = try store.queueControls().queues.map(\.name)
      try store.setPaused(false, .everything)
      try store.setPaused(false, .named(queues))
      for queue in queues { try store.setRunningLimit(nil, of: queue) }
      let running = rulebook.rows.filter { $0.state == .processing }.map(\.id)
      _ = try store.setPaused(
        false, runsOf: JobSelection(.listed(running), in: [.processing]), at: clock.now())
    }
    // The others may have left, or serve one queue only.
    for host in hosts.count > 1 ? hosts : [here, here] { on(host) { startWorker() } }
    try bringSchedulesToRest()
    for _ in 0..<1500 where violation == nil {
      stepAll()
      let unrest = try unrest()
      if unrest == nil || violation != nil { return }
      passTime(try pause())
    }
    guard violation == nil, let unrest = try unrest() else { return }
    broke(Violation(.allEnds, unrest))
  }

  func stepAll() {
    for process in workers where violation == nil { step(process) }
  }

  /// While jobs are with workers, small steps show that nobody has to wait long. Otherwise until
  /// the next job is due; those that wait for others have no time of their own.
  private func pause() throws -> Duration {
    let now = clock.now()
    let unfinished = try observer.allJobs(at: now).filter(\.state.isUnfinished)
    let brief = Duration.milliseconds(500)
    if unfinished.contains(where: { $0.state == .processing }) { return brief }
    let blocked = Set(rulebook.ledger.jobs.filter { !$0.needs.isEmpty }.map(\.id))
    let waits = unfinished.filter { !blocked.contains($0.id) }.map { job in
      job.runAt.map { $0 - now.wall } ?? .zero
    }
    return max(brief, waits.min() ?? .zero)
  }

  /// What keeps the queue from being at rest; nil when it is.
  private func unrest() throws -> String? {
    let ledger = rulebook.ledger
    if let job = ledger.jobs.first(where: { $0.state.isUnfinished && !ledger.isStuck($0) }) {
      return "\(job.id) is still \(job.state)"
    }
    for worker in rulebook.workers where rulebook.ledger.process(of: worker.id)?.isAlive != true {
      return "\(worker.id) is still registered, its process is dead"
    }
    for run in hosts.flatMap(\.machine.runs) where run.isAlive {
      guard rulebook.ledger.wasSuccessful(run.run) else {
        return "run \(run.run) of \(run.job) ended badly and still has a process"
      }
    }
    return nil
  }
}
