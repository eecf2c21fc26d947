import QueueCore

/// A worker's current run: its deadlines, its end and its report.
struct ActiveRun {
  let job: ClaimedJob
  let process: any RunningJob
  private let startedAt: Duration
  private var ending: Ending?
  private var end: JobEnd?
  /// The run's end once no leftover process is awaited; nil until then.
  private(set) var result: JobEnd?
  private var overAt: Duration
  /// Whether the run is prolonged by leftover processes that can't be killed.
  var isHeldUp = false
  private var nextTending: Duration?
  /// Since when it is frozen; nil if it runs.
  private var frozenSince: Duration?
  private var frozenBefore = Duration.zero

  /// Why the worker ends the run, and when SIGKILL follows SIGTERM.
  private struct Ending {
    enum Cause { case timeout(Duration), stop, cancel, evicted, cutOff }
    var cause: Cause
    var killAt: Duration
    var isKilled = false
    var isResisting = false
  }

  /// Whether it is ended because the store is out of reach.
  private(set) var isCutOff = false

  /// - Parameter startedAt: in uptime, like all times here.
  init(job: ClaimedJob, process: any RunningJob, startedAt: Duration) {
    self.job = job
    self.process = process
    self.startedAt = startedAt
    overAt = startedAt
    nextTending = startedAt
  }

  var isFrozen: Bool { frozenSince != nil }

  /// Polls readable once the process has ended; nil afterwards, because it would stay readable.
  var descriptor: Int32? { end == nil ? process.descriptor : nil }

  /// Whether the process survived SIGKILL: it is another user's by now, or stuck in the kernel.
  var resistsKill: Bool { result == nil && ending?.isResisting == true }

  var deadline: Duration? {
    guard result == nil else { return nil }
    let limit = isFrozen ? nil : job.timeout.map { startedAt + frozenBefore + $0 }
    let pressing = ending?.killAt ?? limit
    return [pressing, nextTending].compactMap { $0 }.min()
  }

  /// Checks whether the process has ended. Call it before reading the clock that stamps the end.
  mutating func look() { end = end ?? process.poll() }

  /// Advances the run without the store, so that timeouts and stops work while it is unreachable.
  /// - Parameter now: read after the latest ``look()``.
  mutating func attend(
    isCancelled: Bool, isPaused: Bool, order: StopOrder?, grace: Duration, at now: Duration,
    hasLeftovers: () -> Bool
  ) {
    if result == nil || isHeldUp { overAt = now }
    guard result == nil else { return }
    result = seeEnd(at: now, hasLeftovers)
    guard result == nil else { return }
    tend(at: now)
    press(isCancelled: isCancelled, order: order, grace: grace, at: now)
    if !isPaused { thaw(at: now) }
  }

  /// Returns the end; if the worker ended the run, leftovers get the same grace period first.
  private mutating func seeEnd(at now: Duration, _ hasLeftovers: () -> Bool) -> JobEnd? {
    guard let end else { return nil }
    guard let ending, !ending.isKilled, now < ending.killAt, hasLeftovers() else { return end }
    nextTending = now + Self.leftoverPause
    return nil
  }

  /// Leftovers are polled, because the kernel reports the exit of our own children only.
  private static let leftoverPause = Duration.milliseconds(50)

  private mutating func tend(at now: Duration) {
    guard end == nil, let next = nextTending, now >= next else { return }
    nextTending = process.tend().map { now + $0 }
  }

  /// Sends SIGTERM on timeout, stop or cancel, and SIGKILL after the grace period.
  private mutating func press(
    isCancelled: Bool, order: StopOrder?, grace: Duration, at now: Duration
  ) {
    if let ending {
      if now >= ending.killAt { kill(at: now) }
    } else if isCancelled {
      end(.cancel, grace: grace, at: now)
    } else if order == .endJob {
      end(.stop, grace: grace, at: now)
    } else if let timeout = job.timeout, runTime(until: now) >= timeout {
      end(.timeout(timeout), grace: grace, at: now)
    }
  }

  /// Whether it has neither ended nor is being ended.
  var mayFreeze: Bool { ending == nil && end == nil }

  mutating func freeze(at now: Duration) {
    guard !isFrozen, mayFreeze else { return }
    process.freeze()
    frozenSince = now
  }

  private mutating func thaw(at now: Duration) {
    guard let frozenSince, end == nil else { return }
    process.thaw()
    frozenBefore += now - frozenSince
    self.frozenSince = nil
  }

  /// Its time so far, without pauses.
  private func runTime(until now: Duration) -> Duration {
    now - startedAt - frozenBefore - (frozenSince.map { now - $0 } ?? .zero)
  }

  /// Ends the run because the store is out of reach; shortens the grace of one that is being ended.
  /// - Returns: false if it has ended, or was cut off before.
  mutating func cutOff(grace: Duration, at now: Duration) -> Bool {
    guard result == nil, !isCutOff else { return false }
    isCutOff = true
    if let killAt = ending?.killAt {
      ending?.killAt = min(killAt, now + grace)
    } else {
      end(.cutOff, grace: grace, at: now)
    }
    return true
  }

  /// Kills the run without a report, because the worker was evicted.
  mutating func giveUp(at now: Duration) {
    ending = Ending(cause: .evicted, killAt: now)
    kill(at: now)
  }

  /// Returns the ended run's report; nil if it was given up.
  func report(_ end: JobEnd) -> RunReport? {
    var report = RunReport(
      end: job.retryRules.judged(end.end), cause: end.cause, elapsed: runTime(until: overAt),
      cpuTime: end.cpuTime, peakMemoryBytes: end.peakMemoryBytes)
    switch ending?.cause {
    case .evicted: return nil
    case .timeout(let limit):
      (report.end, report.cause) = (.timedOut, "timed out after \(limit.text)")
    case .stop, .cutOff: report.end = .stopped
    case .cancel: report.end = .cancelled
    case nil: break
    }
    if !report.end.isSuccess { report.lastLine = end.lastLine }
    return report
  }

  private mutating func end(_ cause: Ending.Cause, grace: Duration, at now: Duration) {
    ending = Ending(cause: cause, killAt: now + grace)
    process.signal(.terminate)
    // A stopped process gets the signal when it continues.
    thaw(at: now)
  }

  private mutating func kill(at now: Duration) {
    process.signal(.kill)
    guard var ending else { return }
    ending.isResisting = ending.isKilled
    ending.isKilled = true
    ending.killAt = now + Self.killPause
    self.ending = ending
  }

  private static let killPause = Duration.seconds(1)
}
