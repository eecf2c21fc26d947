/// A run that has ended, as far as figures by command need it.
public struct RecentRun: Equatable, Sendable {
  /// The beginning of what was run.
  public var command: String
  /// How it ended.
  public var end: QueueEvent
  /// How long it took.
  public var elapsed: Duration

  /// All of its parts.
  public init(command: String, end: QueueEvent, elapsed: Duration) {
    self.command = command
    self.end = end
    self.elapsed = elapsed
  }
}
