import CLinux
import Glibc
package import QueueCore

/// Reads the machine's clocks; no other Swift code does.
package struct SystemClock: Clock {
  private let boot = LocalHost.bootID

  package init() {}

  package func now() -> Moment {
    Moment(
      wall: Timestamp(milliseconds: clinux_wall_milliseconds()),
      uptime: .nanoseconds(clinux_uptime_nanoseconds()), boot: boot)
  }
}
