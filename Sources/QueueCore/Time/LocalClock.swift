/// Times in a zone, as people read them.
package enum LocalClock {
  /// `YYYY-MM-DD HH:MM:SS`.
  /// - Parameter offsetSeconds: how far the zone is east of UTC then.
  package static func dateAndTime(_ time: Timestamp, offsetSeconds: Int) -> String {
    let text = (time + .seconds(offsetSeconds)).iso8601
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  /// `HH:MM:SS`.
  /// - Parameter offsetSeconds: how far the zone is east of UTC then.
  package static func text(_ time: Timestamp, offsetSeconds: Int) -> String {
    let day: Int64 = 86_400
    let seconds = Int(((time.milliseconds / 1000 + Int64(offsetSeconds)) % day + day) % day)
    return "\(seconds / 3600, digits: 2):\(seconds / 60 % 60, digits: 2):\(seconds % 60, digits: 2)"
  }
}
