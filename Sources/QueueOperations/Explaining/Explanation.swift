public import QueueCore

/// The facts that an ``Explanation`` is derived from.
public struct JobFacts: Sendable {
  /// The job to explain.
  public var job: Job
  /// Pauses and limits of queues.
  public var controls: QueueControls
  /// Running jobs in the job's queue.
  public var runningInQueue: Int
  /// Registered workers with their status.
  public var workers: [(record: WorkerRecord, condition: WorkerStatus)]
  /// Ready jobs that precede it in its queue, counted up to ``Explanation/mostCounted``.
  public var jobsAhead: Int
  /// Queues with pending jobs, which its workers may take first.
  public var waitingQueues: [String] = []
  /// Time until a supervisor starts a worker for its queue; nil if none will.
  public var restart: Duration?
  /// Why supervisors can't be listed; nil if they can.
  public var supervisorTrouble: String?
  /// Why workers can't start the jobs they have claimed.
  public var troubles: [WorkerID: String] = [:]
  /// The run's leftover processes, or those its worker can't end.
  public var leftovers = Leftovers.none
  /// The running jobs that were cancelled.
  public var cancelled: Set<JobID> = []
  /// The other unfinished job that holds its unique key.
  public var keyHolder: JobID?
  /// The run this command was started from; nil outside a job.
  public var caller: Caller?

  /// A run that waits for the job.
  public struct Caller: Equatable, Sendable {
    /// The worker, which is blocked by this run.
    public var worker: WorkerID
    /// The run's job, which can't end first.
    public var job: JobID
    /// The queue of that job; nil when unknown.
    public var queue: String?

    /// Creates a caller.
    public init(worker: WorkerID, job: JobID, queue: String? = nil) {
      self.worker = worker
      self.job = job
      self.queue = queue
    }
  }

  /// Creates the facts. Properties without a parameter start empty.
  public init(
    job: Job, controls: QueueControls, runningInQueue: Int,
    workers: [(record: WorkerRecord, condition: WorkerStatus)], jobsAhead: Int,
    keyHolder: JobID? = nil, caller: Caller? = nil
  ) {
    self.job = job
    self.controls = controls
    self.runningInQueue = runningInQueue
    self.workers = workers
    self.jobsAhead = jobsAhead
    self.keyHolder = keyHolder
    self.caller = caller
  }
}

/// Why a job isn't running: every obstacle at once.
public struct Explanation: Equatable, Sendable {
  /// Never empty; the obstacle to clear first comes first.
  public var reasons: [Reason]

  /// The most preceding jobs that are counted.
  public static let mostCounted = 1000

  /// One obstacle, or the state that makes the job ineligible.
  public enum Reason: Equatable, Sendable {
    case running(by: WorkerID, for: Duration)
    /// Its worker ends the run.
    case ending(by: WorkerID, Cause)
    /// A user paused it.
    case frozen(for: Duration)
    /// Its worker can't start it because of a machine problem, and retries.
    case held(by: WorkerID, reason: String)
    /// Its worker is dead; the job will be reclaimed, or cancelled if a user cancelled it.
    case lost(by: WorkerID, isCancelled: Bool = false)
    /// The run's leftover processes can't be ended, or can't be determined.
    case unended(Leftovers)
    /// The job has ended. While `keyHolder` has its unique key, it can't be retried.
    case ended(JobState, ago: Duration, error: String?, keyHolder: JobID? = nil)
    case needs(UnmetPrerequisite)
    /// Further prerequisites, beyond ``Explanation/mostNamed``.
    case needsMore(Int)
    /// The prerequisite is the job this command runs in: a deadlock.
    case needsCaller(JobID)
    case scheduled(in: Duration)
    case backoff(Duration, error: String?, isSnoozed: Bool = false)
    case everythingPaused
    case queuePaused
    case queueLimitedToNone
    case limitReached(running: Int, limit: Int)
    /// The queue's limit is 1, and the job this command runs in fills it: a deadlock.
    case limitFilledByCaller(JobID)
    case noWorker
    /// No worker serves the queue; a supervisor starts one after this time.
    case restart(in: Duration)
    /// No worker serves the queue; supervisors can't be listed, for this reason.
    case supervisorsUnknown(String)
    case noWorkerForQueue
    /// All workers for the queue, this many, are busy.
    case workersBusy(Int)
    /// The only worker for the queue runs the job this command was started from: a deadlock.
    case onlyWorkerIsCaller(WorkerID)
    /// So many jobs of its queue come first, and possibly jobs of other queues.
    case behind(Int, others: Bool = false)
    /// The cause of the latest failure, which may recur.
    case failure(RunFailure)
    /// No obstacle: the job is next in line.
    case nothing

    /// Why a run is ended before its time.
    public enum Cause: Equatable, Sendable {
      /// A user cancelled the job.
      case cancelled
      /// The worker was told to stop at once; the job is requeued.
      case workerStops
    }
  }

  /// Collects the reasons for the job's current state.
  public init(_ facts: JobFacts, at now: Moment) {
    let job = facts.job
    switch job.state {
    case .processing: reasons = [Self.progress(of: job, facts, at: now)]
    case .completed, .dead, .cancelled:
      let error = job.state == .completed ? nil : job.latestRun?.error
      reasons = [
        .ended(
          job.state, ago: max(.zero, now.wall - job.updatedAt), error: error,
          keyHolder: facts.keyHolder)
      ]
    case .pending, .failed: reasons = Self.hindrances(of: job, facts, at: now)
    }
    if job.state != .processing, job.state != .cancelled, job.error != nil, let run = job.latestRun,
      let failure = RunFailure(run)
    {
      reasons.append(.failure(failure))
    }
  }

  private static func progress(of job: Job, _ facts: JobFacts, at now: Moment) -> Reason {
    if facts.leftovers != .none { return .unended(facts.leftovers) }
    let worker = facts.workers.first { $0.record.current?.job == job.id }
    let isCancelled = facts.cancelled.contains(job.id)
    guard let worker, worker.condition != .lost else {
      return .lost(
        by: worker?.record.id ?? job.latestRun?.worker ?? WorkerID(0), isCancelled: isCancelled)
    }
    if isCancelled { return .ending(by: worker.record.id, .cancelled) }
    if worker.record.stop == .endJob { return .ending(by: worker.record.id, .workerStops) }
    if let trouble = facts.troubles[worker.record.id] {
      return .held(by: worker.record.id, reason: trouble)
    }
    if let since = job.frozenSince { return .frozen(for: max(.zero, now.wall - since)) }
    let since = worker.record.current?.since ?? job.updatedAt
    return .running(by: worker.record.id, for: max(.zero, now.wall - since))
  }

  private static func hindrances(of job: Job, _ facts: JobFacts, at now: Moment) -> [Reason] {
    var reasons = needs(of: job, facts)
    if let runAt = job.runAt, runAt > now.wall {
      let wait = runAt - now.wall
      reasons.append(
        job.state == .failed
          ? .backoff(
            wait, error: job.latestRun?.error, isSnoozed: job.latestRun?.end?.isSnooze == true)
          : .scheduled(in: wait))
    }
    let isReady = reasons.isEmpty
    if facts.controls.isEverythingPaused { reasons.append(.everythingPaused) }
    let control = facts.controls.queues.first { $0.name == job.queue }
    if control?.isPaused == true { reasons.append(.queuePaused) }
    if control?.runningLimit == 0 {
      reasons.append(.queueLimitedToNone)
    } else if control?.runningLimit == 1, let caller = facts.caller, caller.queue == job.queue {
      reasons.append(.limitFilledByCaller(caller.job))
    } else if let limit = control?.runningLimit, facts.runningInQueue >= limit {
      reasons.append(.limitReached(running: facts.runningInQueue, limit: limit))
    }
    if let reason = lackOfWorkers(for: job, facts) { reasons.append(reason) }
    let hasRivals = facts.hasRivals
    if isReady, facts.jobsAhead > 0 || hasRivals {
      reasons.append(.behind(facts.jobsAhead, others: hasRivals))
    }
    return reasons.isEmpty ? [.nothing] : reasons
  }

  /// The most prerequisites that are named.
  public static let mostNamed = 10

  /// Prerequisites that can't be met any longer come first.
  private static func needs(of job: Job, _ facts: JobFacts) -> [Reason] {
    let unmet = job.waitsFor.filter(\.isStuck) + job.waitsFor.filter { !$0.isStuck }
    let named = unmet.prefix(mostNamed).map { other in
      other.job == facts.caller?.job ? Reason.needsCaller(other.job) : .needs(other)
    }
    let rest = unmet.count + job.morePrerequisites - named.count
    return named + (rest > 0 ? [.needsMore(rest)] : [])
  }

  private static func lackOfWorkers(for job: Job, _ facts: JobFacts) -> Reason? {
    let present = facts.workers.filter { $0.condition == .idle || $0.condition == .busy }
    let serving = present.filter { $0.record.serves(job.queue) }
    guard !serving.isEmpty else {
      if let restart = facts.restart { return .restart(in: restart) }
      if let trouble = facts.supervisorTrouble { return .supervisorsUnknown(trouble) }
      return present.isEmpty ? .noWorker : .noWorkerForQueue
    }
    if let caller = facts.caller?.worker, serving.allSatisfy({ $0.record.id == caller }) {
      return .onlyWorkerIsCaller(caller)
    }
    return serving.contains { $0.condition == .idle } ? nil : .workersBusy(serving.count)
  }
}

extension JobFacts {
  /// Whether all workers for its queue are busy, and one also takes jobs that wait in another one.
  fileprivate var hasRivals: Bool {
    let serving = workers.filter {
      ($0.condition == .idle || $0.condition == .busy) && $0.record.serves(job.queue)
    }
    guard serving.allSatisfy({ $0.condition == .busy && $0.record.id != caller?.worker }) else {
      return false
    }
    let closed = controls.queues.filter(\.givesOutNothing).map(\.name)
    return waitingQueues.contains { name in
      name != job.queue && !closed.contains(name) && serving.contains { $0.record.serves(name) }
    }
  }
}

extension WorkerRecord {
  fileprivate func serves(_ queue: String) -> Bool { queues.isEmpty || queues.contains(queue) }
}
