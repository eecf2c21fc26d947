/// One run of a job.
public struct Run: Equatable, Sendable {
  /// The run's id, which also names its log.
  public var id: RunID
  /// The attempt, from 1; the run after a lost, snoozed or stopped one repeats it.
  public var attempt: Int
  /// The worker that ran it.
  public var worker: WorkerID
  /// When it was claimed.
  public var startedAt: Timestamp
  /// When it ended; nil while it runs.
  public var finishedAt: Timestamp?
  /// How it ended; nil while it runs.
  public var end: RunEnd?
  /// How far its pause has come; nil if it isn't paused.
  public var freeze: FreezeState?
  /// The failure and the last line of output; nil without a failure.
  public var error: String?
  /// Run time by the uptime clock, without pauses; nil while it runs.
  public var elapsed: Duration?
  /// Time from claimable to claimed; nil for runs of versions that didn't record it.
  public var waited: Duration?
  /// CPU time of the run and its reaped children; nil if unknown.
  public var cpuTime: Duration?
  /// Peak memory of its largest process, in bytes; nil if unknown.
  public var peakMemoryBytes: Int?

  /// Creates a run that was just claimed.
  public init(
    id: RunID, attempt: Int, worker: WorkerID, startedAt: Timestamp, waited: Duration? = nil
  ) {
    self.id = id
    self.attempt = attempt
    self.worker = worker
    self.startedAt = startedAt
    self.waited = waited
  }

  /// Whether its worker refused to start it, see ``RunEnd/refused``.
  public var isRefused: Bool { end == .refused && cpuTime == nil }

  /// Returns the run with its end recorded.
  public func ended(_ report: RunReport, at time: Timestamp) -> Run {
    var ended = self
    ended.finishedAt = time
    ended.freeze = nil
    ended.end = report.end
    ended.error = report.error
    ended.elapsed = report.elapsed
    ended.cpuTime = report.cpuTime
    ended.peakMemoryBytes = report.peakMemoryBytes
    return ended
  }
}
