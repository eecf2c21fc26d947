/// The record of a finished run.
public struct RunReport: Equatable, Sendable {
  /// How it ended.
  public var end: RunEnd
  /// The failure, where ``RunEnd/reason`` is too general; else nil.
  public var cause: String?
  /// Run time by the uptime clock, without pauses.
  public var elapsed: Duration
  /// CPU time of the run and its reaped children; nil if it never started.
  public var cpuTime: Duration?
  /// Peak memory of its largest process, in bytes; nil if it never started.
  public var peakMemoryBytes: Int?
  /// The last line of output, for the error of a failed run.
  public var lastLine: String?
  /// Its output for other hosts; nil for none.
  public var output: RunOutput?

  /// Memberwise initializer.
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

  /// The cause of a run that was killed because it exceeded its memory limit.
  public static func overMemory(_ limit: Int) -> String { overMemory + ByteCount.text(limit) }

  /// The limit in an error that begins with ``overMemory(_:)``; nil for another error.
  public static func memoryLimit(inError error: String) -> Int? {
    guard error.hasPrefix(overMemory) else { return nil }
    return ByteCount.parse(String(error.dropFirst(overMemory.count).prefix { $0 != ":" }))
  }

  private static let overMemory = "killed: over --memory "

  /// The failure and the last line of output, if any; nil for success.
  public var error: String? {
    (cause ?? end.reason).map { reason in lastLine.map { "\(reason): \($0)" } ?? reason }
  }
}
