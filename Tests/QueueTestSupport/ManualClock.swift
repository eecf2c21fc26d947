package import QueueCore
import Synchronization

/// A clock that only moves when a test turns it.
package final class ManualClock: Clock {
  /// Where every new one stands: 2027-01-15T08:00:00.000Z, well after boot.
  package static let start = Moment(
    wall: Timestamp(milliseconds: 1_800_000_000_000), uptime: .seconds(5000), boot: BootID("boot-1")
  )

  private struct State {
    var moment = ManualClock.start
    var boots = 1
  }
  private let state = Mutex(State())

  /// A clock at ``start``.
  package init() {}

  /// What it shows.
  package func now() -> Moment { state.withLock { $0.moment } }

  /// Lets time pass: both the wall clock and the uptime move.
  package func advance(by duration: Duration) {
    state.withLock {
      $0.moment.wall = $0.moment.wall + duration
      $0.moment.uptime += duration
    }
  }

  /// Sets the wall clock forward, or back for a negative duration, while no time passes.
  package func jumpWall(by duration: Duration) {
    state.withLock { $0.moment.wall = $0.moment.wall + duration }
  }

  /// Starts the machine anew: another boot, and an uptime near 0. The wall clock stands still
  /// meanwhile.
  package func reboot() {
    state.withLock {
      $0.boots += 1
      $0.moment.boot = BootID("boot-\($0.boots)")
      $0.moment.uptime = .seconds(3)
    }
  }
}
