import QueueCore

/// A run in a worker's hands: when it has to be ended, and what it comes to.
struct HeldRun {
  let job: ClaimedJob
  let process: any RunningJob
  private let startedAt: Duration
  private var ending: Ending?

  /// Why we end it, and when asking turns into killing.
  private struct Ending {
    enum Cause { case timeout(Duration), stop, evicted }
    var cause: Cause
    var killAt: Duration
    var isKilled = false
  }

  /// - Parameter startedAt: by the uptime clock, as all times here.
  init(job: ClaimedJob, process: any RunningJob, startedAt: Duration) {
    self.job = job
    self.process = process
    self.startedAt = startedAt
  }

  /// When there is something to do about it by time alone; nil for never.
  var deadline: Duration? {
    if let ending { return ending.isKilled ? nil : ending.killAt }
    return job.timeout.map { startedAt + $0 }
  }

  /// Ends it, if it takes too long or has to stop: TERM first, KILL after the grace.
  mutating func press(order: StopOrder?, grace: Duration, at now: Duration) {
    if let ending {
      if !ending.isKilled, now >= ending.killAt { kill() }
    } else if order == .endJob {
      end(.stop, grace: grace, at: now)
    } else if let timeout = job.timeout, now - startedAt >= timeout {
      end(.timeout(timeout), grace: grace, at: now)
    }
  }

  /// Kills it without a result, as it belongs to somebody else now.
  mutating func giveUp(at now: Duration) {
    ending = Ending(cause: .evicted, killAt: now)
    kill()
  }

  /// What it comes to, now that it has ended; nil for a run that was given up.
  func report(_ end: JobEnd, at now: Duration) -> RunReport? {
    let outcome: Outcome
    switch ending?.cause {
    case .evicted: return nil
    case .timeout(let limit): outcome = .timedOut(limit: limit)
    case .stop: outcome = .stopped
    case nil: outcome = end.outcome
    }
    return RunReport(
      outcome: outcome, elapsed: now - startedAt, cpuTime: end.cpuTime,
      peakMemoryBytes: end.peakMemoryBytes, lastLine: outcome.isSuccess ? nil : end.lastLine)
  }

  private mutating func end(_ cause: Ending.Cause, grace: Duration, at now: Duration) {
    ending = Ending(cause: cause, killAt: now + grace)
    process.signal(.terminate)
  }

  private mutating func kill() {
    process.signal(.kill)
    ending?.isKilled = true
  }
}
