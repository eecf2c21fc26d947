/// One run of a job, as history has it.
public struct Run: Equatable, Sendable {
  /// The run's own number: its log and every write about it go by this.
  public var id: RunID
  /// Which attempt it is, from 1; the run after a lost or stopped one has the same.
  public var attempt: Int
  /// Who ran it.
  public var worker: WorkerID
  /// When it was claimed.
  public var startedAt: Timestamp
  /// When it ended; nil while it runs.
  public var finishedAt: Timestamp?
  /// How it ended; nil while it runs.
  public var end: RunEnd?
  /// Why it failed, with the last line it wrote; nil when it didn't.
  public var error: String?
  /// How long it ran, by the uptime clock; nil while it runs.
  public var elapsed: Duration?
  /// From when it could have run to when it did; nil in history older than this figure.
  public var waited: Duration?
  /// Processor time of it and of the children it waited for; nil if it isn't known.
  public var cpuTime: Duration?
  /// The largest memory of one of its processes, in bytes; nil if it isn't known.
  public var peakMemoryBytes: Int?

  /// A run that has just been claimed.
  public init(
    id: RunID, attempt: Int, worker: WorkerID, startedAt: Timestamp, waited: Duration? = nil
  ) {
    self.id = id
    self.attempt = attempt
    self.worker = worker
    self.startedAt = startedAt
    self.waited = waited
  }

  /// The same run when it has ended.
  public func ended(_ report: RunReport, at time: Timestamp) -> Run {
    var ended = self
    ended.finishedAt = time
    ended.end = report.end
    ended.error = report.error
    ended.elapsed = report.elapsed
    ended.cpuTime = report.cpuTime
    ended.peakMemoryBytes = report.peakMemoryBytes
    return ended
  }
}
