import Glibc
package import QueueCore

/// The local time zone, by the C library's rules.
package enum LocalTime {
  /// Returns a parser of times in user input, relative to `now`.
  package static func text(from now: Timestamp) -> TimeText {
    TimeText(now: now, zone: LocalZone(offsetSeconds))
  }

  /// Parses `2h` (ago), `today`, `yesterday`, the latest `HH:MM`, a date, or one with a time.
  /// - Returns: nil for another form, or a time after `now`.
  package static func past(_ text: String, before now: Timestamp) -> Timestamp? {
    if let duration = Duration(text: text) { return now + (.zero - duration) }
    let day = Duration.seconds(24 * 3600)
    // A time of day is the next one after yesterday's same moment.
    func latest(_ text: String, since time: Timestamp) -> Timestamp? {
      self.text(from: time).parse(text)
    }
    let time: Timestamp? =
      switch text.lowercased() {
      case "today": latest("00:00", since: now + (.zero - day))
      case "yesterday": latest("00:00", since: now + (.zero - day - day))
      default:
        text.hasPrefix("+")
          ? nil
          : latest(text, since: now + (.zero - day))
            ?? latest("\(text) 00:00", since: now + (.zero - day))
      }
    return time.flatMap { $0 <= now ? $0 : nil }
  }

  /// `YYYY-MM-DD HH:MM:SS`.
  package static func dateAndClock(_ time: Timestamp) -> String { "\(day(time)) \(clock(time))" }

  /// `HH:MM:SS`.
  package static func clock(_ time: Timestamp) -> String {
    LocalClock.text(time, offsetSeconds: offsetSeconds(at: time))
  }

  /// Returns the offset from UTC in seconds, positive to the east.
  @Sendable package static func offsetSeconds(at time: Timestamp) -> Int {
    Int(broken(time).tm_gmtoff)
  }

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
