/// Gives the time. The command line reads the system's; tests hand in one that they turn by hand.
public protocol Clock: Sendable {
  /// The time now, read once per decision and used throughout it.
  func now() -> Moment
}

/// One reading of the clock: what time it is, and how long the machine has been up.
///
/// Wall time is for what people read and ask for. It may jump. Uptime never does, so leases,
/// backoff and timeouts are measured with it.
public struct Moment: Equatable, Sendable {
  /// The wall clock.
  public var wall: Timestamp
  /// Time since the machine booted, sleep included. Comparable within one ``boot`` only.
  public var uptime: Duration
  /// Which start of which machine the uptime belongs to; nil when the system doesn't tell.
  public var boot: BootID?

  /// One reading of both clocks.
  public init(wall: Timestamp, uptime: Duration, boot: BootID?) {
    self.wall = wall
    self.uptime = uptime
    self.boot = boot
  }
}

/// Names one start of one machine: `/proc/sys/kernel/random/boot_id` on Linux.
public struct BootID: Hashable, Sendable {
  /// The name as the kernel gives it.
  public let text: String

  /// Wraps what the kernel gave, or what a test made up.
  public init(_ text: String) { self.text = text }

  /// Whether two readings are of different boots. A boot that couldn't be read proves nothing.
  public static func areKnownToDiffer(_ one: BootID?, _ other: BootID?) -> Bool {
    guard let one, let other else { return false }
    return one != other
  }
}
