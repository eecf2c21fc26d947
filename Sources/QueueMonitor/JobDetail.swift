import QueueCore

/// One job, closely.
struct JobDetail: Equatable, Sendable {
  /// The job; as it was last seen when it is gone.
  var job: Job
  /// Whether it was deleted meanwhile.
  var isGone = false
  /// Its newest runs, newest first.
  var runs: [Attempt] = []
  /// Whether there are earlier runs, which weren't read.
  var hasMoreRuns = false
  /// What the run that is looked at has written; nil when that can't be read.
  var log: LogText?
}

extension JobDetail {
  /// How long each run that failed had to wait, or still has, until it may be retried.
  var backoffs: [RunID: Duration] {
    var backoffs: [RunID: Duration] = [:]
    if job.state == .failed, let runAt = job.runAt, let last = runs.first, let end = last.finishedAt
    {
      backoffs[last.run] = runAt - end
    }
    for (next, run) in zip(runs, runs.dropFirst()) where isRetry(next, of: run) {
      guard let end = run.finishedAt, let waited = next.waited else { continue }
      backoffs[run.run] = max(.zero, next.startedAt - end - waited)
    }
    return backoffs
  }

  /// Whether the queue itself gave it out again; what somebody put back waited for that.
  private func isRetry(_ next: Attempt, of run: Attempt) -> Bool {
    if next.number > run.number { return true }
    return next.number == run.number
      && run.exitCode.flatMap { job.retryRules.snoozeOn?.contains($0) } == true
  }
}

/// The end of what a run has written.
struct LogText: Equatable, Sendable {
  var run: RunID
  /// The last lines, without their ends; still with whatever the job wrote.
  var lines: [String]
  /// How many lines of the window were dropped before ``lines``, so that a line keeps its number.
  var first = 0
  /// How large the file is.
  var sizeBytes: Int
  /// Whether it begins before ``lines``.
  var isCut: Bool
}
