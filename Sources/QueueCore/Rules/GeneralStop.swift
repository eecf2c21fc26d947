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

extension GeneralStop {
  /// The text that stores keep.
  package var text: String {
    "\(order.rawValue) \(uptime.nanoseconds) \(boot?.text ?? "unknown")"
  }

  /// Reads ``text``; nil for any other.
  package init?(text: String) {
    let words = text.split(separator: " ", maxSplits: 2)
    guard words.count == 3, let number = Int(words[0]), let order = StopOrder(rawValue: number),
      let uptime = Int64(words[1])
    else { return nil }
    self.init(
      order, uptime: .nanoseconds(uptime),
      boot: words[2] == "unknown" ? nil : BootID(String(words[2])))
  }
}
