import QueueCore
import QueueTestSupport

/// Looks at the whole queue after every call, and compares it with the ledger and with how it was
/// before.
struct Rulebook {
  /// How long a worker may be silent.
  let lease: Duration
  /// How far the wall clocks of two hosts may differ.
  let spread: Duration
  private(set) var ledger: Ledger
  private(set) var rows: [Job] = []
  private(set) var workers: [WorkerRecord] = []
  private var history: [String] = []

  init(lease: Duration, spread: Duration, time: WorldTime) {
    self.lease = lease
    self.spread = spread
    ledger = Ledger(time: time)
  }

  /// Schedules may begin another turn from now on.
  mutating func allowTurns() { ledger.schedules.mayTurn = true }

  /// Checks what a call has done.
  /// - Parameter endedRuns: gives the runs that have ended, oldest first; nil if the store can't
  ///   tell.
  mutating func check(
    _ change: Change, _ store: any JobStore, endedRuns: () throws -> [String]?, at now: Moment
  ) throws {
    let workersBefore = workers
    var rowsBefore = rows
    if case .removed(let step) = change {
      rowsBefore.removeAll { step.jobs.contains($0.id) }
      // What is removed leaves with its history.
      history = []
    }
    let touched = try ledger.note(change)
    guard change.isWorthALook else { return }
    let jobs = Array(try store.allJobs(at: now).reversed())
    rows = jobs.map(\.withoutOthersDoing)
    workers = try store.workers()

    try checkMissing()
    try checkBackoffs(jobs, at: now)
    for (index, row) in rows.enumerated() {
      let before = index < rowsBefore.count ? rowsBefore[index] : nil
      if let before, !touched.contains(index) {
        try Self.checkUntouched(row, before)
      } else {
        try Self.checkTouched(row, before, ledger.jobs[index], by: change)
      }
    }
    try checkHands()
    try checkEvictions(change, workersBefore, at: now)
    try checkCounters(try store.summary())
    try ledger.schedules.check(try store.schedules())
    if let history = try endedRuns() { try checkHistory(history) }
  }

  // MARK: - Jobs

  private func checkMissing() throws(Violation) {
    guard rows.map(\.id) == ledger.jobs.map(\.id) else {
      let missing = ledger.jobs.map(\.id).filter { id in !rows.contains { $0.id == id } }
      throw Violation(.nothingLost, "missing: \(missing); there are \(rows.map(\.id))")
    }
  }

  private func checkBackoffs(_ jobs: [Job], at now: Moment) throws(Violation) {
    // A time in queue time is shown by the wall to the nearest second.
    let precision = Duration.seconds(1) + spread
    for (job, entry) in zip(jobs, ledger.jobs) where job.state == .failed {
      guard let backoff = entry.backoff, let runAt = job.runAt else { continue }
      let wait = runAt - now.wall
      guard wait <= backoff + precision else {
        throw Violation(
          .backoffBounds, "\(job.id) waits \(wait) from \(now) on, its backoff was \(backoff)")
      }
    }
  }

  private static func checkUntouched(_ row: Job, _ before: Job) throws(Violation) {
    guard row != before else { return }
    let rule: Rule =
      if !before.state.isUnfinished {
        .finishedStays
      } else if before.latestRun?.finishedAt != nil, before.latestRun != row.latestRun {
        .historyStands
      } else {
        .movedAsTold
      }
    throw Violation(rule, "\(row.id) changed by itself from \(before) to \(row)")
  }

  private static func checkTouched(
    _ row: Job, _ before: Job?, _ entry: Ledger.Entry, by change: Change
  ) throws(Violation) {
    guard row.attempts == entry.ownRuns, (0...row.maxRetries + 1).contains(row.attempts) else {
      throw Violation(
        .ownRunsCount,
        "\(row.id) has \(row.attempts) attempts of at most \(row.maxRetries + 1); it had "
          + "\(entry.ownRuns) runs of its own since it was last put into the queue")
    }
    guard row.state == entry.state, row.maxRetries == entry.maxRetries else {
      throw Violation(.movedAsTold, "\(row.id) is \(row.state), not \(entry.state)")
    }
    guard row.command == entry.command else {
      throw Violation(.movedAsTold, "\(row.id) is to run \(row.command), not \(entry.command)")
    }
    if case .edited(let step, let edit, _) = change, step.jobs.contains(row.id),
      row.command != edit.command ?? row.command || row.priority != edit.priority ?? row.priority
    {
      throw Violation(.movedAsTold, "\(row) was edited to be \(edit)")
    }
    let isNewRun = change.claimed?.id == row.id
    if let run = before?.latestRun, run.finishedAt != nil, !isNewRun, run != row.latestRun {
      throw Violation(.historyStands, "the last run of \(row.id) was \(run)")
    }
    let neverRan = row.latestRun == nil && row.attempts == 0
    guard (row.latestRun?.finishedAt == nil) == (row.state == .processing || neverRan) else {
      throw Violation(.movedAsTold, "\(row.id) is \(row.state), its run \(row.latestRun as Any)")
    }
    if case .finished(_, let worker, let report, _, let result, let now) = change,
      result != .superseded, !isNewRun, before?.state == .processing
    {
      let run = row.latestRun
      let end = run.map { now.following($0.startedAt).wall }
      guard run?.worker == worker, run?.finishedAt == end, run?.error == report.error,
        run?.end == report.end
      else {
        throw Violation(.movedAsTold, "the run of \(row.id) ended as \(report), not \(run as Any)")
      }
    }
  }

  // MARK: - Workers

  private func checkHands() throws(Violation) {
    let given = workers.compactMap { worker in worker.current.map { (worker.id, $0) } }
    let processing = ledger.jobs.filter { $0.state == .processing }
    for entry in processing {
      let holders = given.filter { $0.1.job == entry.id }
      guard holders.count == 1, holders[0].0 == entry.hands?.worker,
        holders[0].1.run == entry.hands?.run
      else {
        throw Violation(
          .inGoodHands, "\(entry.id) was given to \(entry.hands as Any), it is with \(holders)")
      }
    }
    guard given.count == processing.count else {
      throw Violation(.inGoodHands, "workers have \(given), processing are \(processing)")
    }
  }

  private func checkEvictions(
    _ change: Change, _ before: [WorkerRecord], at now: Moment
  ) throws(Violation) {
    guard case .evicted(let record) = change,
      before.contains(where: { $0.id == record.id && !$0.isEvicted }),
      let process = ledger.process(of: record.id), process.isAlive,
      let silence = ledger.silence(of: record.id, at: now), silence <= record.lease
    else { return }
    throw Violation(
      .aliveIsKept, "\(record.id) was evicted while \(process) lives; it spoke \(silence) ago")
  }

  // MARK: - The whole

  private func checkCounters(_ summary: QueueSummary) throws(Violation) {
    var counts: [String: [JobState: Int]] = [:]
    for row in rows { counts[row.queue, default: [:]][row.state, default: 0] += 1 }
    guard summary == QueueSummary(counts: counts) else {
      throw Violation(.countersMatch, "the rows are \(counts), the counters \(summary.counts)")
    }
  }

  private mutating func checkHistory(_ now: [String]) throws(Violation) {
    guard Set(now).isSuperset(of: history) else {
      let changed = Set(history).subtracting(now)
      throw Violation(.historyStands, "runs that had ended are gone or different: \(changed)")
    }
    history = now
  }
}

extension Job {
  /// The end of a backoff is shown by the wall clock, so it moves with it; what a job waits for
  /// moves by itself.
  fileprivate var withoutOthersDoing: Job {
    var job = self
    if state == .failed { job.runAt = nil }
    job.waitsFor = []
    return job
  }
}
