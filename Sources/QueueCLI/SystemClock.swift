import CLinux
import Glibc
import QueueCore
import QueueWorker

/// The machine's clocks. The only reader of time in the program.
struct SystemClock: Clock {
  private let boot = ThisMachine.bootID

  func now() -> Moment {
    Moment(
      wall: Timestamp(milliseconds: clinux_wall_milliseconds()),
      uptime: .nanoseconds(clinux_uptime_nanoseconds()), boot: boot)
  }
}

/// The local time zone, by the C library's rules.
enum LocalTime {
  /// Reads times as people type them, from `now`.
  static func text(from now: Timestamp) -> TimeText {
    TimeText(now: now, zone: LocalZone(offsetSeconds))
  }

  /// `YYYY-MM-DD HH:MM:SS`.
  static func dateAndClock(_ time: Timestamp) -> String { "\(day(time)) \(clock(time))" }

  /// `HH:MM:SS`.
  static func clock(_ time: Timestamp) -> String {
    let local = broken(time)
    return "\(Int(local.tm_hour), digits: 2):\(Int(local.tm_min), digits: 2)"
      + ":\(Int(local.tm_sec), digits: 2)"
  }

  /// How far the zone is east of UTC at that time.
  @Sendable static func offsetSeconds(at time: Timestamp) -> Int { Int(broken(time).tm_gmtoff) }

  private static func day(_ time: Timestamp) -> CivilDate {
    let local = broken(time)
    return CivilDate(
      year: Int(local.tm_year) + 1900, month: Int(local.tm_mon) + 1, day: Int(local.tm_mday))
      ?? CivilDate(dayNumber: time.milliseconds / 86_400_000)
  }

  private static func broken(_ time: Timestamp) -> tm {
    var seconds = time_t(time.milliseconds / 1000)
    var local = tm()
    localtime_r(&seconds, &local)
    return local
  }
}
