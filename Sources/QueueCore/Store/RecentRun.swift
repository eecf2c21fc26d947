/// A finished run, for statistics by command.
public struct RecentRun: Equatable, Sendable {
  /// The beginning of the command.
  public var command: String
  /// How it ended.
  public var end: QueueEvent
  /// Its run time.
  public var elapsed: Duration

  /// Memberwise initializer.
  public init(command: String, end: QueueEvent, elapsed: Duration) {
    self.command = command
    self.end = end
    self.elapsed = elapsed
  }
}
