public import QueueCore

extension Explanation.Reason {
  /// The machine-readable name of the reason, used in JSON.
  public var word: String {
    switch self {
    case .running: "running"
    case .ending(_, .cancelled): "cancelling"
    case .ending(_, .workerStops): "stopping"
    case .frozen: "frozen"
    case .held: "not_startable"
    case .lost: "lost"
    case .unended: "unended"
    case .ended(let state, _, _, _): state.rawValue
    case .needs, .needsCaller: "prerequisite"
    case .needsMore: "more_prerequisites"
    case .scheduled: "scheduled"
    case .backoff: "backoff"
    case .everythingPaused: "everything_paused"
    case .queuePaused, .queueLimitedToNone: "queue_paused"
    case .limitReached, .limitFilledByCaller: "limit_reached"
    case .noWorker: "no_worker"
    case .restart: "worker_restarts"
    case .supervisorsUnknown: "supervisors_unknown"
    case .noWorkerForQueue: "no_worker_for_queue"
    case .workersBusy, .onlyWorkerIsCaller: "workers_busy"
    case .behind: "behind"
    case .failure(let failure): failure.word
    case .nothing: "nothing"
    }
  }

  /// The reason as a clause that doesn't name the job.
  public func text(for job: Job) -> String {
    switch self {
    case .running(let worker, let time): "\(worker) has been running it for \(time.brief)"
    case .ending(let worker, .cancelled): "it was cancelled: \(worker) is ending its processes"
    case .ending(let worker, .workerStops):
      "\(worker) was told to stop and is ending its processes: the job is requeued"
    case .frozen(let time): "it was paused \(time.brief) ago"
    case .held(let worker, let reason): "\(worker) can't start it yet: \(reason)"
    case .lost(let worker, let isCancelled):
      "\(worker), which ran it, is lost: another worker "
        + (isCancelled ? "records that it is cancelled" : "requeues it")
    case .unended(.unknown(let reason)): "unknown whether its run has ended: \(reason)"
    case .unended(let leftovers):
      "its workers can't end \(leftovers.text ?? "a process") of its last run: end it as that "
        + "user or as root"
    case .ended(let state, let ago, let error, let holder):
      Self.end(state, ago) + Self.because(error == state.rawValue ? nil : error)
        + (holder.map { "; unfinished job \"\($0)\" holds its unique key" } ?? "")
    case .needs(let other):
      "it waits for the \(other.accepts == .success ? "success" : "end") of \"\(other.job)\", "
        + "which is \(other.state.rawValue)"
    case .needsMore(let count): "it waits for \(count, of: "more job")"
    case .needsCaller(let other):
      "it waits for the end of \"\(other)\", the job that runs this command"
    case .scheduled(let wait): "it is due in \(wait.brief)"
    case .backoff(let wait, let error, let isSnoozed):
      (isSnoozed ? "it was snoozed" : "it failed") + Self.because(error)
        + "; the next run is in \(wait.brief)"
    case .everythingPaused: "everything is paused"
    case .queuePaused: "its queue \"\(job.queue)\" is paused"
    case .queueLimitedToNone: "its queue \"\(job.queue)\" has a limit of 0"
    case .limitReached(let running, let limit):
      "its queue \"\(job.queue)\" already runs \(running) of at most \(limit) jobs"
    case .limitFilledByCaller(let other):
      "its queue \"\(job.queue)\" runs 1 job at a time: \"\(other)\", which runs this command"
    case .noWorker: "no worker runs"
    case .restart(let wait): "its worker died; another starts \(Self.soon(wait))"
    case .supervisorsUnknown(let reason): "no worker runs for it; \(reason)"
    case .noWorkerForQueue: "no worker serves its queue \"\(job.queue)\""
    case .workersBusy(let count):
      count == 1 ? "the one worker for it is busy" : "all \(count) workers for it are busy"
    case .onlyWorkerIsCaller(let worker):
      "\(worker), the only worker for it, is busy with the job that runs this command"
    case .behind(0, _): "jobs of other queues may come before it"
    case .behind(let count, let others):
      (count == 1 ? "1 job of its queue comes" : "\(Self.number(count)) of its queue come")
        + " before it" + (others ? ", and jobs of other queues may, too" : "")
    case .failure(let failure): failure.text(for: job)
    case .nothing: "none: the job is next in line"
    }
  }

  /// The shell command that helps; nil when none is needed.
  public func advice(for job: Job) -> String? {
    let words: [String]? =
      switch self {
      case .running: ["logs", job.id.text, "--follow"]
      case .frozen: ["resume", job.id.text]
      case .ended(_, _, _, let holder?): ["wait", holder.text]
      case .ended(.dead, _, _, nil): ["dlq", "retry", job.id.text]
      case .ended(.cancelled, _, _, nil): ["retry", job.id.text]
      case .needs(let other):
        switch other.state {
        case .dead, .cancelled: ["retry", other.job.text]
        case .pending, .failed, .processing, .completed: ["explain", other.job.text]
        }
      case .backoff where job.lacksLimits: ["edit", job.id.text, "--best-effort"]
      case .backoff: ["retry", job.id.text]
      case .everythingPaused: ["queue", "resume", "--all"]
      case .queuePaused: ["queue", "resume", job.queue]
      case .queueLimitedToNone: ["queue", "limit", job.queue, "1"]
      case .limitReached(let running, _): ["queue", "limit", job.queue, "\(running + 1)"]
      case .limitFilledByCaller: ["queue", "limit", job.queue, "2"]
      case .noWorker, .workersBusy, .onlyWorkerIsCaller: ["worker", "start"]
      case .noWorkerForQueue: ["worker", "start", "--queue", job.queue]
      case .ending: ["wait", job.id.text]
      case .failure(let failure): failure.advice(for: job)
      case .ended, .needsMore, .needsCaller, .held, .lost, .unended, .scheduled, .restart,
        .supervisorsUnknown, .behind, .nothing:
        nil
      }
    return words.map { ShellWords.command(["queuectl"] + $0) }
  }

  /// Whether the job can't run without operator action.
  public var needsOperator: Bool {
    switch self {
    case .needs(let other): other.state == .dead || other.state == .cancelled
    case .frozen, .held, .everythingPaused, .queuePaused, .queueLimitedToNone, .noWorker,
      .noWorkerForQueue, .needsCaller, .onlyWorkerIsCaller, .limitFilledByCaller:
      true
    case .unended(.processes): true
    case .running, .ending, .lost, .unended, .ended, .needsMore, .scheduled, .backoff,
      .limitReached, .workersBusy, .restart, .supervisorsUnknown, .behind, .failure, .nothing:
      false
    }
  }

  /// Whether the reason is an unmet prerequisite.
  package var isPrerequisite: Bool {
    switch self {
    case .needs, .needsMore, .needsCaller: true
    case .running, .ending, .frozen, .held, .lost, .unended, .ended, .scheduled, .backoff,
      .everythingPaused, .queuePaused, .queueLimitedToNone, .limitReached, .limitFilledByCaller,
      .noWorker, .noWorkerForQueue, .workersBusy, .onlyWorkerIsCaller, .restart,
      .supervisorsUnknown, .behind, .failure, .nothing:
      false
    }
  }

  private static func soon(_ wait: Duration) -> String {
    wait > .zero ? "in \(wait.brief)" : "now"
  }

  private static func end(_ state: JobState, _ ago: Duration) -> String {
    switch state {
    case .completed: "it completed \(ago.brief) ago"
    case .cancelled: "it was cancelled \(ago.brief) ago"
    default: "it has been \(state.rawValue) for \(ago.brief)"
    }
  }

  private static func because(_ error: String?) -> String { error.map { ": \($0)" } ?? "" }

  private static func number(_ count: Int) -> String {
    count < Explanation.mostCounted ? "\(count) jobs" : "at least \(count) jobs"
  }
}

extension Job {
  /// Whether its worker snoozed it, because it couldn't set a limit or the niceness.
  fileprivate var lacksLimits: Bool {
    guard case .snoozed(let status)? = latestRun?.end else { return false }
    return spec.retryRules.snoozeOn?.contains(status) != true && spec.limits.isBestEffort != true
  }
}
