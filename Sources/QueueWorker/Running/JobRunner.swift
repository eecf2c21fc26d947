public import QueueCore

/// Runs jobs: as processes, or by a script in tests.
public protocol JobRunner: AnyObject {
  /// Starts a claimed job; keeps at most `logLimitBytes` of its output.
  func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult
  /// Starts the `on-dead` command with `input` on stdin; its output goes to a shared log.
  func startNotice(_ notice: ClaimedJob, input: [UInt8], logLimitBytes: Int) -> StartResult
  /// Returns the live processes of a run that was started here.
  func leftovers(of job: ClaimedJob) -> Leftovers
  /// Kills them; returns those that can't be killed now, for another try.
  func endLeftovers(of job: ClaimedJob) -> Leftovers
  /// Kills the processes of a run whose worker is gone; returns those that can't be killed now.
  func endLeftovers(of run: WorkerRecord.Assignment, in process: ProcessIdentity) -> Leftovers
  /// Takes note that the store has recorded the run's end.
  func noteEnd(of job: ClaimedJob)
  /// Reaps adopted processes that have ended.
  func reapOrphans()
  /// Returns up to `limit` bytes of an ended run's output; nil for none.
  func output(of run: RunID, atMost limit: Int) -> RunOutput?
}

extension JobRunner {
  /// Does nothing.
  public func noteEnd(of job: ClaimedJob) {}

  /// Does nothing.
  public func reapOrphans() {}

  /// Returns nil.
  public func output(of run: RunID, atMost limit: Int) -> RunOutput? { nil }
}

/// The result of starting a job.
public enum StartResult {
  case running(any RunningJob)
  /// It can't run, which is a failed attempt, or on this worker, which snoozes it.
  case refused(JobEnd)
  /// The machine lacks a resource, such as disk space; the start is retried.
  case exhausted(reason: String)
}

/// A job that was started.
public protocol RunningJob: AnyObject {
  /// Returns how it ended, the same at each call; nil while it runs.
  func poll() -> JobEnd?
  /// Does periodic work; returns how soon to call it again, nil for never.
  func tend() -> Duration?
  /// Signals all processes of the job.
  func signal(_ signal: EndSignal)
  /// Stops all processes of the job until ``thaw()``; SIGKILL still ends them.
  func freeze()
  /// Continues the processes; a signal that they got meanwhile takes effect.
  func thaw()
  /// Polls readable once the job has ended; nil if unavailable.
  var descriptor: Int32? { get }
}

/// The signals that end a job.
public enum EndSignal: Equatable, Sendable {
  /// SIGTERM.
  case terminate
  /// SIGKILL.
  case kill
}

/// How a job's process ended; the worker adds whether it caused the end.
public struct JobEnd: Equatable, Sendable {
  /// Exited, signaled or not started.
  public var end: RunEnd
  /// Why it failed, if ``RunEnd/reason`` is too general; else nil.
  public var cause: String?
  /// CPU time, including the children it waited for.
  public var cpuTime: Duration?
  /// The peak memory of its largest process, in bytes.
  public var peakMemoryBytes: Int?
  /// The last line of output; nil if none.
  public var lastLine: String?

  /// Creates an end.
  public init(
    end: RunEnd, cause: String? = nil, cpuTime: Duration? = nil, peakMemoryBytes: Int? = nil,
    lastLine: String? = nil
  ) {
    self.end = end
    self.cause = cause
    self.cpuTime = cpuTime
    self.peakMemoryBytes = peakMemoryBytes
    self.lastLine = lastLine
  }
}
