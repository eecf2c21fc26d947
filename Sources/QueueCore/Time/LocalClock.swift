/// Formats the local time of day.
package enum LocalClock {
  /// Returns `HH:MM:SS` at an offset in seconds east of UTC.
  package static func text(_ time: Timestamp, offsetSeconds: Int) -> String {
    let day: Int64 = 86_400
    let seconds = Int(((time.milliseconds / 1000 + Int64(offsetSeconds)) % day + day) % day)
    return "\(seconds / 3600, digits: 2):\(seconds / 60 % 60, digits: 2):\(seconds % 60, digits: 2)"
  }
}
