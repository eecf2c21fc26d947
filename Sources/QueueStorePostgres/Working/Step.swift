public import QueueCore
import QueueHost

/// A worker's call of `step` whose answer was lost.
struct UnansweredStep {
  let request: Request
  let parameters: Parameters
}

extension PostgresJobStore {
  /// Claims the head and opens its run, in one call of the server.
  public func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    sweepIfDue(for: worker, at: now)
    let step = try step(of: worker, ending: nil, claimingNext: true, at: now)
    guard let next = step.next, next != .evicted else {
      try checkPlace()
      return .evicted
    }
    return next
  }

  /// Ends a run, fenced by run and eviction, and claims the next job in the same transaction.
  public func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    sweepIfDue(for: worker, at: now)
    let step = try step(
      of: worker, ending: (run, report, transition), claimingNext: claimingNext, at: now)
    guard let ended = step.ended, ended.isRecorded else { return .superseded }
    return ended.isCutShort
      ? .cancelled(next: step.next, freesOthers: ended.freesOthers)
      : .recorded(next: step.next, freesOthers: ended.freesOthers)
  }

  // MARK: - Details

  private struct Step {
    var ended: Ended?
    /// Nil if no claim was asked for.
    var next: ClaimResult?
    /// Another worker was claiming from a queue with a limit.
    var isBusy: Bool
  }

  /// The bits that `end_run` returns.
  private struct Ended {
    let bits: Int
    var isRecorded: Bool { bits & 1 != 0 }
    var isCutShort: Bool { bits & 2 != 0 }
    var freesOthers: Bool { bits & 4 != 0 }
  }

  private typealias End = (run: RunID, report: RunReport, transition: Transition)

  private func step(
    of worker: WorkerID, ending end: End?, claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> Step {
    if let step = try repeatUnanswered(
      of: worker, ending: end, claimingNext: claimingNext, at: now)
    {
      return step
    }
    var step = try takeStep(of: worker, ending: end, claimingNext: claimingNext, at: now)
    let ended = step.ended
    var tries = 0
    // The server waits for no lock of a queue, so that workers never block each other.
    while step.isBusy, tries < Self.mostTries {
      Poll.pause(.milliseconds(5))
      step = try takeStep(of: worker, ending: nil, claimingNext: true, at: now)
      tries += 1
    }
    step.ended = ended
    return step
  }

  /// Repeats the worker's unanswered call, whose claim may have succeeded, and requeues a claimed
  /// job that the new call doesn't want. Returns nil if the new call must still be made.
  private func repeatUnanswered(
    of worker: WorkerID, ending end: End?, claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> Step? {
    guard let lost = unanswered[worker] else { return nil }
    var step = try read(try call(lost, of: worker))
    let hasEnded = end.map { lost.ends($0.run) && step.ended?.isRecorded == true } ?? false
    if claimingNext, end == nil || hasEnded, case .job? = step.next { return step }
    try giveBack(step.next, of: worker, at: now)
    guard hasEnded else { return nil }
    step.next = nil
    if claimingNext {
      step.next = try self.step(of: worker, ending: nil, claimingNext: true, at: now).next
    }
    return step
  }

  /// Requeues the job of a claim that the worker no longer wants; no retry is spent.
  private func giveBack(
    _ claim: ClaimResult?, of worker: WorkerID, at now: Moment
  ) throws(StoreError) {
    guard case .job(let job)? = claim else { return }
    var generator = SystemRandomNumberGenerator()
    // For a stopped run, the policy and the number of crashes don't matter.
    let transition = Transition.after(
      .stopped, tally: job.tally, policy: Settings().retryPolicy(job.retryRules), maxCrashes: 1,
      using: &generator)
    _ = try takeStep(
      of: worker, ending: (job.run, RunReport(end: .stopped, elapsed: .zero), transition),
      claimingNext: false, at: now)
  }

  /// After these, the worker looks again as if another had claimed the job.
  private static let mostTries = 20

  private func takeStep(
    of worker: WorkerID, ending end: End?, claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> Step {
    let request = requests.next()
    let (report, transition) = (end?.report, end?.transition)
    let parameters = Parameters(
      worker, end?.run, transition?.state, transition?.attempts, transition?.crashes,
      transition?.delay, report.map { QueueEvent($0.end).rawValue }, report?.end.word,
      report?.end.exitCode, report?.end.signal, report?.error, report?.elapsed, report?.cpuTime,
      report?.peakMemoryBytes, claimingNext, now.wall, now.uptime, try fixedQueueTime(at: now),
      now.boot?.text, request.number, report?.output?.size,
      report?.output.map { _ in LocalHost.hostName },
      report?.output.map { Bytes($0.head) }, report?.output.map { Bytes($0.tail) })
    return try read(try call(UnansweredStep(request: request, parameters: parameters), of: worker))
  }

  /// Calls the server and remembers the call until it has an answer.
  private func call(_ step: UnansweredStep, of worker: WorkerID) throws(StoreError) -> Rows {
    unanswered[worker] = step
    do throws(StoreError) {
      let rows = try connection.request(step.request) { isAgain in
        var parameters = step.parameters
        parameters.add(isAgain)
        return (Self.statement, parameters)
      }
      unanswered[worker] = nil
      return rows
    } catch {
      if !step.request.isAgain { unanswered[worker] = nil }
      throw error
    }
  }

  private static let statement: StaticString = """
    SELECT o_ended, o_next, o_stop, o_due, o_busy, o_run, o_id, o_queue, o_attempts, o_crashes,
      o_max_retries, o_priority, o_run_at, o_unique_key, o_command, o_cwd, o_env, o_timeout,
      o_backoff_base, o_backoff_max, o_backoff_jitter, o_retry_on, o_no_retry_on, o_snooze_on,
      o_success_on, o_schedule_name, o_scheduled_for, o_stands_for,
      CASE WHEN o_next = 'job' THEN @.limits_2(o_id) END
    FROM @.step_1($1, $2, $3, $4::int, $5::int, $6, $7, $8, $9::int, $10::int, $11, $12, $13, $14,
      $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
    """

  private func read(_ rows: Rows) throws(StoreError) -> Step {
    guard rows.count == 1 else { throw StoreError(.other, "the server's answer has no row") }
    let row = rows[0]
    let next: ClaimResult? =
      switch row.optionalText(1) {
      case "job": .job(try claimedJob(row))
      case "none": .nothing(nextDue: row.optionalDuration(3))
      case "stop": .stop(row.optionalStopOrder(2) ?? .finishJob)
      case "evicted": .evicted
      default: nil
      }
    return Step(
      ended: row.optionalInt(0).map { Ended(bits: max(0, $0)) }, next: next, isBusy: row.bool(4))
  }

  private func claimedJob(_ row: Row) throws(StoreError) -> ClaimedJob {
    var spec = try JobDetails.read(row, from: 14)
    spec.queue = row.text(7)
    spec.maxRetries = row.int(10)
    spec.priority = row.int(11)
    spec.runAt = row.optionalTimestamp(12)
    spec.uniqueKey = row.optionalText(13)
    let run = RunID(row.int64(5))
    return ClaimedJob(
      run: run, runName: runName(run), id: JobID(trusted: row.text(6)), spec: spec,
      tally: RetryBudget(
        attempts: row.int(8), crashes: row.int(9), maxRetries: row.int(10)),
      origin: JobDetails.readOrigin(row, from: 14))
  }
}

extension UnansweredStep {
  /// Whether the call was to end this run.
  fileprivate func ends(_ run: RunID) -> Bool { parameters.values[1] == run.parameter }
}
