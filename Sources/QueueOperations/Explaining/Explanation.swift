public import QueueCore

/// What can be known about a job that isn't running, or is.
public struct JobFacts: Sendable {
  /// The job.
  public var job: Job
  /// What its users have set about queues.
  public var controls: QueueControls
  /// Jobs of its queue that are running.
  public var runningInQueue: Int
  /// The workers that are known, with what they do.
  public var workers: [(record: WorkerRecord, condition: WorkerStatus)]
  /// Ready jobs of its queue that come before it; counted up to ``Explanation/mostCounted``.
  public var jobsAhead: Int
  /// How soon a supervisor starts a worker for its queue in place of one that died; nil where none
  /// does.
  public var restart: Duration?
  /// Why it is unknown whether a supervisor starts a worker; nil when it is known.
  public var supervisorTrouble: String?
  /// Why workers can't start the jobs in their hands.
  public var troubles: [WorkerID: String] = [:]
  /// Processes of its run that its worker can't end, or that outlived it.
  public var leftovers = Leftovers.none
  /// The unfinished job that has its key, if it isn't itself; nil for none.
  public var keyHolder: JobID?
  /// The run inside of which this is asked, and which goes on until it is answered; nil outside of
  /// any.
  public var caller: Caller?

  /// A run that waits for the job.
  public struct Caller: Equatable, Sendable {
    /// The worker that can run nothing else meanwhile.
    public var worker: WorkerID
    /// The job that can't end before.
    public var job: JobID
    /// The queue of that job; nil when it is unknown.
    public var queue: String?

    /// All parts.
    public init(worker: WorkerID, job: JobID, queue: String? = nil) {
      self.worker = worker
      self.job = job
      self.queue = queue
    }
  }

  /// All of them.
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

/// Why a job isn't running: everything that holds it back, with what to do about it.
public struct Explanation: Equatable, Sendable {
  /// Not empty; what has to happen first comes first.
  public var reasons: [Reason]

  /// More jobs ahead than these aren't counted.
  public static let mostCounted = 1000

  /// One thing that holds a job back, or where it is instead.
  public enum Reason: Equatable, Sendable {
    /// Its worker is at it.
    case running(by: WorkerID, for: Duration)
    /// Its worker can't start it, for a reason that is the machine's; it tries again.
    case held(by: WorkerID, reason: String)
    /// Its worker is gone; another one will give it back.
    case lost(by: WorkerID)
    /// Its run is to end, but these processes of it can't be ended; or that can't be told.
    case unended(Leftovers)
    /// It is over; it can't be put back while another unfinished job has its key.
    case ended(JobState, ago: Duration, error: String?, keyHolder: JobID? = nil)
    /// Another job has to end first.
    case needs(UnmetPrerequisite)
    /// And so many others, which aren't named.
    case needsMore(Int)
    /// The job whose run waits for this one has to end first.
    case needsCaller(JobID)
    /// Its time hasn't come.
    case scheduled(in: Duration)
    /// It failed and waits until it is tried again.
    case backoff(Duration, error: String?)
    /// Nothing at all is given out.
    case everythingPaused
    /// Nothing of its queue is given out.
    case queuePaused
    /// Neither, as its limit is 0.
    case queueLimitedToNone
    /// As many jobs of its queue run as may.
    case limitReached(running: Int, limit: Int)
    /// One job of its queue may run: the one whose run waits for this job.
    case limitFilledByCaller(JobID)
    /// Nobody is there to run it.
    case noWorker
    /// No worker is there, but one will be started in place of one that died.
    case restart(in: Duration)
    /// No worker is there; whether one will be started is unknown, for this reason.
    case supervisorsUnknown(String)
    /// Workers are there, but none for its queue.
    case noWorkerForQueue
    /// All workers that might run it have a job.
    case workersBusy(Int)
    /// The only worker for it is busy with the run that waits for it.
    case onlyWorkerIsCaller(WorkerID)
    /// Others of its queue come first.
    case behind(Int)
    /// Nothing: it is about to begin.
    case nothing
  }

  /// Looks at everything that may hold a job back.
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
  }

  private static func progress(of job: Job, _ facts: JobFacts, at now: Moment) -> Reason {
    if facts.leftovers != .none { return .unended(facts.leftovers) }
    let worker = facts.workers.first { $0.record.current?.job == job.id }
    guard let worker, worker.condition != .lost else {
      return .lost(by: worker?.record.id ?? job.latestRun?.worker ?? WorkerID(0))
    }
    if let trouble = facts.troubles[worker.record.id] {
      return .held(by: worker.record.id, reason: trouble)
    }
    let since = worker.record.current?.since ?? job.updatedAt
    return .running(by: worker.record.id, for: max(.zero, now.wall - since))
  }

  private static func hindrances(of job: Job, _ facts: JobFacts, at now: Moment) -> [Reason] {
    var reasons = needs(of: job, facts)
    if let runAt = job.runAt, runAt > now.wall {
      let wait = runAt - now.wall
      reasons.append(
        job.state == .failed
          ? .backoff(wait, error: job.latestRun?.error) : .scheduled(in: wait))
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
    if isReady, facts.jobsAhead > 0 { reasons.append(.behind(facts.jobsAhead)) }
    return reasons.isEmpty ? [.nothing] : reasons
  }

  /// More prerequisites than these aren't named.
  public static let mostNamed = 10

  /// Those first that can't be met any more.
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
    let serving = present.filter {
      $0.record.queues.isEmpty || $0.record.queues.contains(job.queue)
    }
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
