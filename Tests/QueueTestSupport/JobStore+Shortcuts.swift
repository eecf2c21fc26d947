package import QueueCore
package import Testing

/// Common steps of tests.
extension JobStore {
  /// Tells the store that a run was frozen or continued.
  package func setFrozen(_ time: Timestamp?, _ run: RunID) throws(StoreError) -> Bool {
    try setFrozen(time, run) {}
  }

  /// Stores `jobs` in one step.
  /// - Returns: the result of each.
  @discardableResult
  package func add(_ jobs: [NewJob], settings: Settings = Settings(), at now: Moment) throws
    -> [EnqueueResult]
  {
    var results: [EnqueueResult] = []
    var rest = jobs[...]
    try enqueue(at: now, settings: settings) {
      rest.popFirst()
    } each: {
      results.append($0)
    }
    return results
  }

  /// Stores a job with this id.
  package func add(
    _ id: String, command: String = "true", queue: String = NewJob.defaultQueue, priority: Int = 0,
    runAt: Timestamp? = nil, maxRetries: Int? = nil, at now: Moment
  ) throws {
    let job = try NewJob(
      id: JobID(id), command: command, queue: queue, priority: priority, runAt: runAt,
      maxRetries: maxRetries)
    try add([job], at: now)
  }

  /// Sends a heartbeat of a worker that isn't stopping; see ``heartbeat(of:stopping:at:)``.
  package func renew(_ worker: WorkerID, at now: Moment) throws(StoreError) -> RenewResult {
    try heartbeat(of: worker, stopping: nil, at: now)
  }

  /// Sends a heartbeat. Leaves out of the answer what only some stores tell.
  package func heartbeat(
    of worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    let result = try renew(worker, stopping: order, at: now)
    guard case .known(let order, let cancelled, _, let freeze) = result else { return result }
    return .known(order, cancelled: cancelled, freeze: freeze)
  }

  /// Registers a worker for these queues; for all if none is named.
  package func addWorker(serving queues: [String] = [], at now: Moment) throws -> WorkerID {
    try register(.example(boot: now.boot), queues: queues, at: now)
  }

  /// Whether a job of these queues may still run for a worker that refused none.
  package func mayStillRun(in queues: [String]) throws(StoreError) -> Bool {
    try mayStillRun(in: queues, for: WorkerID(0))
  }

  /// Claims a job, which must exist.
  package func claim(
    for worker: WorkerID, at now: Moment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ClaimedJob {
    let result = try claimNext(for: worker, at: now)
    return try #require(result.job, "\(result)", sourceLocation: sourceLocation)
  }

  /// Ends a run; `settings` decide the job's next state.
  @discardableResult
  package func end(
    _ job: ClaimedJob, by worker: WorkerID, _ outcome: RunEnd, lastLine: String? = nil,
    settings: Settings = Settings(), claimingNext: Bool = false, at now: Moment
  ) throws -> FinishResult {
    try end(
      job, by: worker, RunReport(end: outcome, elapsed: .seconds(1), lastLine: lastLine),
      settings: settings, claimingNext: claimingNext, at: now)
  }

  /// Ends a run as reported; `settings` decide the job's next state.
  @discardableResult
  package func end(
    _ job: ClaimedJob, by worker: WorkerID, _ report: RunReport, settings: Settings = Settings(),
    claimingNext: Bool = false, at now: Moment
  ) throws -> FinishResult {
    var generator = SeededGenerator(seed: 1)
    let policy = settings.retryPolicy(job.retryRules)
    var report = report
    report.end = job.retryRules.judged(report.end)
    let transition = Transition.after(
      report.end, tally: job.tally, policy: policy, maxCrashes: settings.maxCrashes,
      using: &generator)
    return try finish(
      job.run, by: worker, report: report, transition: transition, claimingNext: claimingNext,
      at: now)
  }

  /// Claims the next job, which must exist, and ends it at once.
  /// - Returns: its id.
  @discardableResult
  package func runNext(
    for worker: WorkerID, _ outcome: RunEnd = .exited(0), lastLine: String? = nil,
    at now: Moment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let job = try claim(for: worker, at: now, sourceLocation: sourceLocation)
    try end(job, by: worker, outcome, lastLine: lastLine, at: now)
    return job.id.text
  }

  /// Reclaims the job of a lost worker.
  /// - Returns: the job; nil if it had none, or the worker isn't lost.
  @discardableResult
  package func reclaim(_ expected: WorkerRecord, maxCrashes: Int = 3, at now: Moment)
    throws(StoreError) -> ReclaimedJob?
  {
    guard try evict(expected) else { return nil }
    return try requeue(expected.id, maxCrashes: maxCrashes, at: now)
  }

  /// Retries these jobs, all or none.
  @discardableResult
  package func retry(_ references: [String], at now: Moment) throws(StoreError) -> [JobID] {
    try retry(JobSelection(.named(references), in: JobState.retryable), dryRun: false, at: now).jobs
  }

  /// Edits one job.
  /// - Returns: the job as it is now.
  package func edit(
    _ reference: String, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Job {
    _ = try self.edit(
      JobSelection(.named([reference]), in: JobState.editable), edit, dryRun: false, at: now)
    return try job(reference, at: now)
  }

  /// Removes the jobs of a selection in one step.
  @discardableResult
  package func remove(_ selection: JobSelection, at now: Moment) throws(StoreError) -> SelectionStep
  {
    try remove(selection, limit: .max, after: nil, dryRun: false, at: now)
  }

  /// Orders the worker of a running job to pause or resume it.
  package func setPaused(
    _ isPaused: Bool, runOf reference: String, at now: Moment
  ) throws(StoreError) {
    _ = try setPaused(
      isPaused, runsOf: JobSelection(.named([reference]), in: [.processing]), at: now)
  }

  /// Cancels these jobs, all or none, in any state.
  /// - Returns: the jobs before the change.
  @discardableResult
  package func cancel(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    try cancel(JobSelection(.named(references), in: JobState.allCases), at: now).found
  }

  /// Every job that matches, newest first.
  package func allJobs(_ query: JobQuery = JobQuery(), at now: Moment) throws -> [Job] {
    try jobs(query, limit: .max, after: nil, at: now).jobs
  }

  /// The record of a worker, which must exist.
  package func record(
    of worker: WorkerID, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> WorkerRecord {
    try #require(
      try workers().first { $0.id == worker }, "\(worker) isn't known",
      sourceLocation: sourceLocation)
  }
}

extension JobSelection {
  /// These jobs, all or none.
  package static func named(_ references: [String], in states: [JobState]) -> JobSelection {
    JobSelection(.named(references), in: states)
  }

  package static func dead(_ jobs: Jobs) -> JobSelection { JobSelection(jobs, in: [.dead]) }

  /// All matching jobs in these states.
  package static func all(
    _ states: [JobState], age: Duration? = nil, matching query: JobQuery = JobQuery()
  ) -> JobSelection {
    JobSelection(.matching(query), in: states, age: age)
  }
}

extension ClaimResult {
  /// The job, if one was claimed.
  package var job: ClaimedJob? {
    if case .job(let job) = self { job } else { nil }
  }
}

extension Site {
  /// Any machine.
  package static let example = Site(machine: "example", namespaces: "n")
}

extension ProcessIdentity {
  /// Any process of any machine.
  package static func example(pid: Int32 = 1000, boot: BootID? = ManualClock.start.boot)
    -> ProcessIdentity
  {
    ProcessIdentity(
      host: "example", site: Site(machine: "example", namespaces: "n"), boot: boot, pid: pid,
      startTicks: 4321)
  }
}

extension ExitStatusSet {
  /// A set of one status.
  package static func one(_ status: Int) -> ExitStatusSet { ExitStatusSet(status...status) }
}
