import QueueCore

/// A run in a worker's hands: when it has to be ended, and what it comes to.
struct ActiveRun {
  let job: ClaimedJob
  let process: any RunningJob
  private let startedAt: Duration
  private var ending: Ending?
  /// How its process ended.
  private var end: JobEnd?
  /// How it ended, once nothing of it is waited for any more; nil while it runs.
  private(set) var result: JobEnd?
  private var overAt: Duration
  /// Processes of it can't be ended: it isn't over before they are gone, though its own process has
  /// ended.
  var isHeldUp = false
  private var nextTending: Duration?

  /// Why we end it, and when asking turns into killing.
  private struct Ending {
    enum Cause { case timeout(Duration), stop, cancel, evicted }
    var cause: Cause
    var killAt: Duration
    var isKilled = false
    /// It was killed more than once.
    var isResisting = false
  }

  /// - Parameter startedAt: by the uptime clock, as all times here.
  init(job: ClaimedJob, process: any RunningJob, startedAt: Duration) {
    self.job = job
    self.process = process
    self.startedAt = startedAt
    overAt = startedAt
    nextTending = startedAt
  }

  /// Polls readable once its process has ended; nil when that is known, as it would do so for ever.
  var descriptor: Int32? { end == nil ? process.descriptor : nil }

  /// Whether its process goes on though it was killed: it is another user's by now, or stuck in the
  /// kernel.
  var resistsKill: Bool { result == nil && ending?.isResisting == true }

  /// When there is something to do about it by time alone; nil for never.
  var deadline: Duration? {
    guard result == nil else { return nil }
    let pressing = ending?.killAt ?? job.timeout.map { startedAt + $0 }
    return [pressing, nextTending].compactMap { $0 }.min()
  }

  /// Sees whether its process has ended. To be called before the clock is read by which its end is
  /// stamped.
  mutating func look() { end = end ?? process.poll() }

  /// Sees whether it is over, and if not, does what has to be done for it. It asks nothing of the
  /// store, so that a run is cared for even when that can't be reached.
  /// - Parameters:
  ///   - now: read after the latest ``look()``.
  ///   - hasLeftovers: whether anything that it started still runs; asked only when it was ended by
  ///     us.
  mutating func attend(
    isCancelled: Bool, order: StopOrder?, grace: Duration, at now: Duration,
    hasLeftovers: () -> Bool
  ) {
    if result == nil || isHeldUp { overAt = now }
    guard result == nil else { return }
    result = seeEnd(at: now, hasLeftovers)
    guard result == nil else { return }
    tend(at: now)
    press(isCancelled: isCancelled, order: order, grace: grace, at: now)
  }

  /// It is over with all that it started, if we are ending it. Those are given the same grace as
  /// the job itself.
  private mutating func seeEnd(at now: Duration, _ hasLeftovers: () -> Bool) -> JobEnd? {
    guard let end else { return nil }
    guard let ending, !ending.isKilled, now < ending.killAt, hasLeftovers() else { return end }
    nextTending = now + Self.leftoverPause
    return nil
  }

  /// The kernel tells of the end of our own children only.
  private static let leftoverPause = Duration.milliseconds(50)

  private mutating func tend(at now: Duration) {
    guard end == nil, let next = nextTending, now >= next else { return }
    nextTending = process.tend().map { now + $0 }
  }

  /// Ends it, if it takes too long, has to stop or is cancelled: TERM first, KILL after the grace.
  private mutating func press(
    isCancelled: Bool, order: StopOrder?, grace: Duration, at now: Duration
  ) {
    if let ending {
      if now >= ending.killAt { kill(at: now) }
    } else if isCancelled {
      end(.cancel, grace: grace, at: now)
    } else if order == .endJob {
      end(.stop, grace: grace, at: now)
    } else if let timeout = job.timeout, now - startedAt >= timeout {
      end(.timeout(timeout), grace: grace, at: now)
    }
  }

  /// Kills it without a result, as it belongs to somebody else now.
  mutating func giveUp(at now: Duration) {
    ending = Ending(cause: .evicted, killAt: now)
    kill(at: now)
  }

  /// What it comes to, now that it has ended; nil for a run that was given up.
  func report(_ end: JobEnd) -> RunReport? {
    var report = RunReport(
      end: job.retryRules.judged(end.end), cause: end.cause, elapsed: overAt - startedAt,
      cpuTime: end.cpuTime, peakMemoryBytes: end.peakMemoryBytes)
    switch ending?.cause {
    case .evicted: return nil
    case .timeout(let limit):
      (report.end, report.cause) = (.timedOut, "timed out after \(limit.text)")
    case .stop: report.end = .stopped
    case .cancel: report.end = .cancelled
    case nil: break
    }
    if !report.end.isSuccess { report.lastLine = end.lastLine }
    return report
  }

  private mutating func end(_ cause: Ending.Cause, grace: Duration, at now: Duration) {
    ending = Ending(cause: cause, killAt: now + grace)
    process.signal(.terminate)
  }

  private mutating func kill(at now: Duration) {
    process.signal(.kill)
    guard var ending else { return }
    ending.isResisting = ending.isKilled
    ending.isKilled = true
    ending.killAt = now + Self.killPause
    self.ending = ending
  }

  /// A process that was killed is gone at once, if it can be.
  private static let killPause = Duration.seconds(1)
}
