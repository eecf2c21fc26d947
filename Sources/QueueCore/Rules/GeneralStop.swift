/// The latest stop order to all workers.
/// Stored, so that it also reaches workers started late by a command that began before it.
public struct GeneralStop: Equatable, Sendable {
  /// The order.
  public var order: StopOrder
  /// Uptime at which it was given.
  public var uptime: Duration
  /// The boot that `uptime` belongs to.
  public var boot: BootID?

  /// Memberwise initializer.
  public init(_ order: StopOrder, uptime: Duration, boot: BootID?) {
    self.order = order
    self.uptime = uptime
    self.boot = boot
  }

  /// Returns the order if it applies to workers whose command began at uptime `begun` of `boot`.
  public func order(since begun: Duration, boot: BootID?) -> StopOrder? {
    boot == self.boot && begun < uptime ? order : nil
  }
}
