import QueueCore

extension InMemoryQueue {
  func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) -> ExportPage {
    let page = rows.filter { $0.sequence > cursor?.sequence ?? 0 }.prefix(limit)
    return ExportPage(
      jobs: page.compactMap { row in
        let job = whole(row, at: now)
        let runs = row.earlierRuns + [row.job.latestRun].compactMap { $0 }
        return try? ExportedJob(job, crashes: row.crashes, runs: runs)
      },
      next: page.count == limit
        ? page.last.map { .init(value: $0.sequence, sequence: $0.sequence) } : nil)
  }

  mutating func restore(_ stored: ExportedJob, at now: Moment) -> EnqueueResult {
    let asked = stored.asked
    guard let id = asked.id, asked.maxRetries != nil else {
      preconditionFailure("a stored job has both")
    }
    if holds(id) { return .exists(id) }
    if stored.state.isUnfinished, let key = asked.uniqueKey,
      let holder = unfinishedJob(withKey: key)
    {
      return .keyTaken(key, by: holder)
    }
    var job = Job(
      id: id, spec: asked.spec, state: stored.state, attempts: stored.attempts,
      createdAt: stored.createdAt, updatedAt: stored.updatedAt)
    job.runAt = nil
    job.progress = stored.progress
    var wait = Wait.nothing
    if stored.state == .failed {
      fixSteadyTime(now)
      wait = .steady(.milliseconds((asked.runAt ?? now.wall).milliseconds) - wallAhead(at: now))
    } else {
      job.runAt = asked.runAt
      if stored.state == .pending, let runAt = asked.runAt, runAt > now.wall { wait = .wall(runAt) }
    }
    var row = Row(job: job, sequence: nextSequence(), wait: wait, readySince: .wall(now.wall))
    row.crashes = stored.crashes
    for run in stored.runs {
      if let latest = row.job.latestRun { row.earlierRuns.append(latest) }
      row.job.latestRun = run
      row.job.latestRun?.id = nextRun()
    }
    rows.append(row)
    controls[job.queue] = controls[job.queue] ?? QueueControl(name: job.queue)
    return .added(id)
  }
}
