/// Queue time, in milliseconds: starts at wall time when a machine first uses the queue, then
/// advances with uptime. Backoff uses it, so setting the wall clock neither fires nor delays
/// retries. It never goes back, even across boots.
package struct QueueClock {
  /// The boot that the offset belongs to.
  package let boot: BootID
  /// Queue time minus uptime, in milliseconds.
  package let offset: Int64

  /// Memberwise initializer.
  package init(boot: BootID, offset: Int64) {
    self.boot = boot
    self.offset = offset
  }

  /// Returns the queue time of a moment of its boot.
  package func time(at now: Moment) -> Int64 { now.uptime.milliseconds + offset }

  /// Returns wall time minus queue time, in milliseconds. Rounded to seconds: the clocks are read
  /// in turn, and a stored time must always convert to the same one.
  package static func wallAhead(of queueTime: Int64, at now: Moment) -> Int64 {
    let difference = Double(now.wall.milliseconds - queueTime)
    return Int64((difference / 1000).rounded()) * 1000
  }
}
