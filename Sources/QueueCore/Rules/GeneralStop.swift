/// The latest stop order to all workers.
/// Stored, so that it also reaches workers started late by a command that began before it.
public struct GeneralStop: Equatable, Sendable {
  /// The order.
  public var order: StopOrder
  /// Uptime at which it was given.
  public var uptime: Duration
  /// The boot that `uptime` belongs to.
  public var boot: BootID?
  /// The wall time at which it was given, for workers of other hosts; nil if there are none.
  public var wall: Timestamp?

  /// Memberwise initializer.
  public init(_ order: StopOrder, uptime: Duration, boot: BootID?, wall: Timestamp? = nil) {
    self.order = order
    self.uptime = uptime
    self.boot = boot
    self.wall = wall
  }

  /// Returns the order if it applies to workers whose command began at uptime `begun`.
  public func order(since begun: Duration, at now: Moment) -> StopOrder? {
    if now.boot == boot { return begun < uptime ? order : nil }
    guard let wall, now.wall - (now.uptime - begun) < wall else { return nil }
    return order
  }
}

extension GeneralStop {
  /// The text that stores keep.
  package var text: String {
    "\(order.rawValue) \(uptime.nanoseconds) \(boot?.text ?? "unknown")"
      + (wall.map { " \($0.milliseconds)" } ?? "")
  }

  /// Reads ``text``; nil for any other.
  package init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3 || words.count == 4, let number = Int(words[0]),
      let order = StopOrder(rawValue: number),
      let uptime = Int64(words[1])
    else { return nil }
    self.init(
      order, uptime: .nanoseconds(uptime),
      boot: words[2] == "unknown" ? nil : BootID(String(words[2])),
      wall: words.count == 4 ? Int64(words[3]).map(Timestamp.init(milliseconds:)) : nil)
  }
}
