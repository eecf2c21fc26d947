extension Explanation.Reason {
  /// A word to branch on.
  public var word: String {
    switch self {
    case .running: "running"
    case .lost: "lost"
    case .ended(let state, _, _): state.rawValue
    case .needs: "prerequisite"
    case .scheduled: "scheduled"
    case .backoff: "backoff"
    case .everythingPaused: "everything_paused"
    case .queuePaused: "queue_paused"
    case .limitReached: "limit_reached"
    case .noWorker: "no_worker"
    case .noWorkerForQueue: "no_worker_for_queue"
    case .workersBusy: "workers_busy"
    case .behind: "behind"
    case .nothing: "nothing"
    }
  }

  /// What is the matter, without the job's name.
  public func text(for job: Job) -> String {
    switch self {
    case .running(let worker, let time): "\(worker) has been running it for \(time.brief)"
    case .lost(let worker): "\(worker), which ran it, is gone: another worker will put it back"
    case .ended(let state, let ago, let error):
      "it is \(state.rawValue) since \(ago.brief)" + Self.because(error)
    case .needs(let other):
      "it waits for the \(other.accepts == .success ? "success" : "end") of \"\(other.job)\", "
        + "which is \(other.state.rawValue)"
    case .scheduled(let wait): "its time comes in \(wait.brief)"
    case .backoff(let wait, let error):
      "it failed, and is tried again in \(wait.brief)" + Self.because(error)
    case .everythingPaused: "everything is paused"
    case .queuePaused: "its queue \"\(job.queue)\" is paused"
    case .limitReached(let running, let limit):
      "its queue \"\(job.queue)\" runs \(running) jobs of at most \(limit)"
    case .noWorker: "no worker is there"
    case .noWorkerForQueue: "no worker serves its queue \"\(job.queue)\""
    case .workersBusy(let count):
      count == 1 ? "the one worker for it is busy" : "all \(count) workers for it are busy"
    case .behind(1): "1 job of its queue comes before it"
    case .behind(let count): "\(Self.number(count)) of its queue come before it"
    case .nothing: "nothing: it is about to begin"
    }
  }

  /// What to type; nil where nothing has to be done.
  public func advice(for job: Job) -> String? {
    switch self {
    case .running: "queuectl logs \(job.id) --follow"
    case .ended(.dead, _, _): "queuectl dlq retry \(job.id)"
    case .ended(.cancelled, _, _): "queuectl retry \(job.id)"
    case .needs(let other):
      switch other.state {
      case .dead, .cancelled: "queuectl retry \(other.job)"
      case .pending, .failed, .processing, .completed: "queuectl explain \(other.job)"
      }
    case .backoff: "queuectl retry \(job.id)"
    case .everythingPaused: "queuectl queue resume --all"
    case .queuePaused: "queuectl queue resume \(job.queue)"
    case .limitReached(_, let limit): "queuectl queue limit \(job.queue) \(limit + 1)"
    case .noWorker, .workersBusy: "queuectl worker start"
    case .noWorkerForQueue: "queuectl worker start --queue \(job.queue)"
    case .ended, .lost, .scheduled, .behind, .nothing: nil
    }
  }

  private static func because(_ error: String?) -> String { error.map { ": \($0)" } ?? "" }

  private static func number(_ count: Int) -> String {
    count < Explanation.mostCounted ? "\(count) jobs" : "at least \(count) jobs"
  }
}
