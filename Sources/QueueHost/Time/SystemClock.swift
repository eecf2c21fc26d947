import CLinux
import Glibc
package import QueueCore

/// The machine's clocks. The only reader of time in the program.
package struct SystemClock: Clock {
  private let boot = LocalHost.bootID

  package init() {}

  package func now() -> Moment {
    Moment(
      wall: Timestamp(milliseconds: clinux_wall_milliseconds()),
      uptime: .nanoseconds(clinux_uptime_nanoseconds()), boot: boot)
  }
}
