package import QueueCore

/// One job, closely.
package struct JobDetail: Equatable, Sendable {
  /// The job; as it was last seen when it is gone.
  package var job: Job
  /// Whether it was deleted meanwhile.
  package var isGone = false
  /// Its newest runs, newest first.
  package var runs: [Run] = []
  /// Why it isn't running; nil unless the look explains the job.
  package var explanation: Explanation?
  /// Whether there are earlier runs, which weren't read.
  package var hasMoreRuns = false
}

extension JobDetail {
  /// How long each run that failed had to wait, or still has, until it may be retried.
  package var backoffs: [RunID: Duration] {
    var backoffs: [RunID: Duration] = [:]
    if job.state == .failed, let runAt = job.runAt, let last = runs.first, let end = last.finishedAt
    {
      backoffs[last.id] = runAt - end
    }
    for (next, run) in zip(runs, runs.dropFirst()) where isRetry(next, of: run) {
      guard let end = run.finishedAt, let waited = next.waited else { continue }
      backoffs[run.id] = max(.zero, next.startedAt - end - waited)
    }
    return backoffs
  }

  /// Whether the queue itself gave it out again; a run requeued by a user waited for that.
  private func isRetry(_ next: Run, of run: Run) -> Bool {
    if next.attempt > run.attempt { return true }
    guard case .snoozed = run.end else { return false }
    return next.attempt == run.attempt
  }
}
