/// What is recorded of a run when it has ended.
public struct RunReport: Equatable, Sendable {
  /// How it ended.
  public var end: RunEnd
  /// Why it failed, where ``RunEnd/reason`` is too general; nil elsewhere.
  public var cause: String?
  /// From start to end, by the uptime clock.
  public var elapsed: Duration
  /// Processor time of it and of the children it waited for; nil if it never started.
  public var cpuTime: Duration?
  /// The largest memory of one of its processes, in bytes; nil if it never started.
  public var peakMemoryBytes: Int?
  /// The last line it wrote, for the error of a failed run.
  public var lastLine: String?

  /// All of its parts.
  public init(
    end: RunEnd, cause: String? = nil, elapsed: Duration, cpuTime: Duration? = nil,
    peakMemoryBytes: Int? = nil, lastLine: String? = nil
  ) {
    self.end = end
    self.cause = cause
    self.elapsed = elapsed
    self.cpuTime = cpuTime
    self.peakMemoryBytes = peakMemoryBytes
    self.lastLine = lastLine
  }

  /// Why it failed, with the last line it wrote where there is one; nil for success.
  public var error: String? {
    (cause ?? end.reason).map { reason in lastLine.map { "\(reason): \($0)" } ?? reason }
  }
}
