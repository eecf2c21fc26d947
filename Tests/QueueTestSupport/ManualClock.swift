package import QueueCore
import Synchronization

/// A clock that moves only when a test advances it.
package final class ManualClock: Clock {
  /// The start of every new clock: 2027-01-15T08:00:00.000Z, well after boot.
  package static let start = Moment(
    wall: Timestamp(milliseconds: 1_800_000_000_000), uptime: .seconds(5000), boot: BootID("boot-1")
  )

  private struct State {
    var moment: Moment
    var boots = 1
  }
  private let state: Mutex<State>
  private let name: String

  /// A clock at ``start``.
  /// - Parameters:
  ///   - name: that of its boots, which no two hosts share.
  ///   - lead: how far its wall clock is ahead.
  package init(named name: String = "boot", ahead lead: Duration = .zero) {
    self.name = name
    var moment = Self.start
    moment.boot = BootID("\(name)-1")
    moment.wall = moment.wall + lead
    state = Mutex(State(moment: moment))
  }

  package func now() -> Moment { state.withLock { $0.moment } }

  /// Advances both wall clock and uptime.
  package func advance(by duration: Duration) {
    state.withLock {
      $0.moment.wall = $0.moment.wall + duration
      $0.moment.uptime += duration
    }
  }

  /// Sets the wall clock forward, or back for a negative duration; uptime doesn't change.
  package func jumpWall(by duration: Duration) {
    state.withLock { $0.moment.wall = $0.moment.wall + duration }
  }

  /// Reboots: another boot id, and an uptime near 0. The wall clock doesn't move.
  package func reboot() {
    state.withLock {
      $0.boots += 1
      $0.moment.boot = BootID("\(name)-\($0.boots)")
      $0.moment.uptime = .seconds(3)
    }
  }
}
