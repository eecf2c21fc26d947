/// The time of day.
package enum LocalClock {
  /// `HH:MM:SS`.
  /// - Parameter offsetSeconds: how far the zone is east of UTC then.
  package static func text(_ time: Timestamp, offsetSeconds: Int) -> String {
    let day: Int64 = 86_400
    let seconds = Int(((time.milliseconds / 1000 + Int64(offsetSeconds)) % day + day) % day)
    return "\(seconds / 3600, digits: 2):\(seconds / 60 % 60, digits: 2):\(seconds % 60, digits: 2)"
  }
}
