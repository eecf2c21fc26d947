/// The latest order to all workers. It is kept, so that it also reaches a worker that is started
/// later by a command from before it.
public struct GeneralStop: Equatable, Sendable {
  /// What they are to do.
  public var order: StopOrder
  /// When it was given.
  public var uptime: Duration
  /// The boot that the uptime belongs to.
  public var boot: BootID?

  /// All of its parts.
  public init(_ order: StopOrder, uptime: Duration, boot: BootID?) {
    self.order = order
    self.uptime = uptime
    self.boot = boot
  }

  /// What it means for workers whose command began at `begun`, by the uptime of `boot`; nil for
  /// nothing, as it was given before.
  public func order(since begun: Duration, boot: BootID?) -> StopOrder? {
    boot == self.boot && begun < uptime ? order : nil
  }
}
