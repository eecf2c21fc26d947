/// A source of time: the system's, or a manual one in tests.
public protocol Clock: Sendable {
  /// Returns the current time. Read it once per decision.
  func now() -> Moment
}

/// One reading of wall clock and uptime.
/// Wall time may jump and is for display and schedules. Leases, backoff and timeouts use uptime.
public struct Moment: Equatable, Sendable {
  /// The wall-clock time.
  public var wall: Timestamp
  /// Time since boot, including suspend; comparable only within one ``boot``.
  public var uptime: Duration
  /// The boot that `uptime` belongs to; nil if unknown.
  public var boot: BootID?

  /// Memberwise initializer.
  public init(wall: Timestamp, uptime: Duration, boot: BootID?) {
    self.wall = wall
    self.uptime = uptime
    self.boot = boot
  }
}

/// Identifies one boot of one machine, by `/proc/sys/kernel/random/boot_id` on Linux.
public struct BootID: Hashable, Sendable {
  /// The kernel's text.
  public let text: String

  /// Wraps the kernel's text, or a test's.
  public init(_ text: String) { self.text = text }

  /// Whether two readings are of different boots; false if either is unknown.
  public static func areKnownToDiffer(_ one: BootID?, _ other: BootID?) -> Bool {
    guard let one, let other else { return false }
    return one != other
  }
}
