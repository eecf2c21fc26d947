import QueueCore
import QueueTestSupport

/// A simulated machine: its clocks, the processes that jobs have on it, and its link to the store.
final class SimulatedHost: CustomStringConvertible {
  /// The state of a host's link to the store.
  enum Link {
    case whole
    /// No call arrives.
    case cut
    /// Calls arrive, and their answers are lost.
    case deaf
  }

  let description: String
  let clock: ManualClock
  let machine: Machine
  let site: Site
  var link = Link.whole
  var isUp = true
  /// Until when all of it stands still, as a paused virtual machine does, in the world's time.
  var pausedUntil: Duration?

  /// - Parameters:
  ///   - number: nil for the only host of a queue in a file.
  ///   - lead: how far its wall clock is ahead.
  init(_ number: Int?, ahead lead: Duration = .zero) {
    description = number.map { "host\($0)" } ?? "host"
    clock = ManualClock(named: number.map { "host\($0)-boot" } ?? "boot", ahead: lead)
    machine = Machine(clock: clock)
    site = Site(
      machine: number.map { "machine\($0)" } ?? "example", namespaces: "n",
      locks: number.map { "locks\($0)" })
  }

  var canAct: Bool { isUp && pausedUntil == nil }
}

/// The time of a simulated world, which no host can read: it compares the uptimes of all boots.
final class WorldTime {
  /// How long the world exists.
  private(set) var now = Duration.zero
  /// When each boot had uptime 0.
  private var starts: [BootID?: Duration] = [:]

  func advance(by duration: Duration) { now += duration }

  /// A host has just booted, or is there from the beginning.
  func begin(_ boot: Moment) { starts[boot.boot] = now - boot.uptime }

  /// When a host's clocks showed this moment.
  func time(of moment: Moment) -> Duration { (starts[moment.boot] ?? .zero) + moment.uptime }
}
