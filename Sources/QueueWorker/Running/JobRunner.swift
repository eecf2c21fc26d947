public import QueueCore

/// Runs jobs. The real one starts processes; tests hand in one that follows a script.
public protocol JobRunner: AnyObject {
  /// Starts a claimed job.
  /// - Parameter logLimitBytes: how much of its output is kept.
  func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult
  /// Starts the command that is run for a dead job, with something to read; its output goes into a
  /// file that all of them share.
  func startNotice(_ notice: ClaimedJob, input: [UInt8], logLimitBytes: Int) -> StartResult
  /// The processes that live of a run that was started here.
  func leftovers(of job: ClaimedJob) -> Leftovers
  /// Kills them.
  /// - Returns: those that can't be ended now; to be called again then.
  func endLeftovers(of job: ClaimedJob) -> Leftovers
  /// Kills the processes of a run that was started by a worker that is gone.
  /// - Returns: those that can't be ended now; to be called again then.
  func endLeftovers(of run: WorkerRecord.Assignment, in process: ProcessIdentity) -> Leftovers
  /// Waits for processes of runs that lost their parents and have ended.
  func reapOrphans()
}

extension JobRunner {
  /// Where there are no processes there is nothing to do.
  public func reapOrphans() {}
}

/// What came of starting a job.
public enum StartResult {
  /// It runs.
  case running(any RunningJob)
  /// It can't be run; that is a failed attempt.
  case refused(JobEnd)
  /// The machine lacks something for it just now, such as room for its log or its process; nothing
  /// was started, and it is tried again.
  case exhausted(reason: String)
}

/// A job that was started.
public protocol RunningJob: AnyObject {
  /// How it ended; nil while it runs. Asked again after the end, it gives the same answer.
  func poll() -> JobEnd?
  /// Does what has to be done for it while it runs.
  /// - Returns: how soon to call this again; nil for never.
  func tend() -> Duration?
  /// Sends a signal to all that the job started, wherever it went.
  func signal(_ signal: EndSignal)
  /// Polls readable once the job has ended; nil if there is no such descriptor.
  var descriptor: Int32? { get }
}

/// The two ways of ending a job.
public enum EndSignal: Equatable, Sendable {
  /// Asks it to: SIGTERM.
  case terminate
  /// Makes it: SIGKILL.
  case kill
}

/// How a job ended by itself, as its runner saw it; the worker knows whether it ended it.
public struct JobEnd: Equatable, Sendable {
  /// Exited, signaled or not started.
  public var end: RunEnd
  /// Why it failed, where ``RunEnd/reason`` is too general; nil elsewhere.
  public var cause: String?
  /// Processor time of it and of the children it waited for.
  public var cpuTime: Duration?
  /// The largest memory of one of its processes, in bytes.
  public var peakMemoryBytes: Int?
  /// The last line it wrote; nil for none.
  public var lastLine: String?

  /// All of its parts.
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
