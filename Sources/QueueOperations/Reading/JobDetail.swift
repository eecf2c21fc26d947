package import QueueCore

/// A job with its newest runs.
package struct JobDetail: Equatable, Sendable {
  /// The job, or its last known version once it was removed.
  package var job: Job
  /// Whether the job was removed.
  package var isGone = false
  /// Its newest runs, newest first.
  package var runs: [Run] = []
  /// Why it isn't running; nil unless requested.
  package var explanation: Explanation?
  /// Whether there are older runs.
  package var hasMoreRuns = false
}

extension JobDetail {
  /// The backoff after each failed run.
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

  /// Whether the queue retried the run by itself; an operator's retry has no backoff.
  private func isRetry(_ next: Run, of run: Run) -> Bool {
    if next.attempt > run.attempt { return true }
    guard case .snoozed = run.end else { return false }
    return next.attempt == run.attempt
  }
}
