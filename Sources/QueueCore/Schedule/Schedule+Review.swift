/// Recomputes next times after a change of the zone's rules or the clock. A due schedule stays due.
extension Schedule {
  /// Recomputes the next time after a possible change of the zone's rules.
  /// - Parameter zone: the schedule's, as it is now.
  /// - Returns: nil if the next time stays.
  public func reviewed(in zone: ZoneRules, at now: Timestamp) -> ScheduleMove? {
    guard case .cron = spec.timing, let nextAt, nextAt > now else { return nil }
    // A time that had its job isn't due again, although the clock may have been set back before it.
    let start = max(now, lastAt.map { $0 + offset } ?? now)
    guard let next = next(after: start, in: zone) else { return nil }
    return move(to: next)
  }

  /// Recomputes the next time after the wall clock was set back: the schedule continues from now,
  /// instead of waiting until the clock catches up.
  ///
  /// After a small setback, times of day aren't due twice, as in an hour that clocks show twice.
  /// - Parameters:
  ///   - setback: the size of the step back.
  ///   - zone: the schedule's.
  /// - Returns: nil if the next time stays.
  public func reviewed(
    afterSetback setback: Duration, in zone: ZoneRules, at now: Timestamp
  ) -> ScheduleMove? {
    if let nextAt, nextAt <= now { return nil }
    if case .cron(let cron) = spec.timing, !cron.followsClock, setback <= Self.smallSetback {
      return nil
    }
    var schedule = self
    schedule.spec.anchor = anchor(notAfter: now)
    guard mayEnqueue, let next = schedule.next(after: now, in: zone),
      nextAt.map({ next < $0 }) ?? true
    else { return nil }
    var move = move(to: next, from: schedule.spec.anchor)
    move?.setBackAt = schedule.spareTime(from: now)
    return move
  }

  /// Intervals begin at their anchor. If the clock was set back before it: the same row of times,
  /// begun earlier.
  func anchor(notAfter now: Timestamp) -> Timestamp? {
    guard case .every(let interval) = spec.timing, spec.from == nil, let anchor = spec.anchor,
      anchor > now
    else { return spec.anchor }
    let length = interval.length.milliseconds
    let steps = ((anchor - now).milliseconds + length - 1) / length
    return Timestamp(milliseconds: anchor.milliseconds - steps * length)
  }

  private static let smallSetback = Duration.seconds(3 * 3600)

  private func move(to next: Timestamp, from anchor: Timestamp? = nil) -> ScheduleMove? {
    guard pausedAt == nil, next != nextAt else { return nil }
    var move = ScheduleMove(schedule: id, revision: revision, expected: nextAt)
    move.nextAt = next
    move.anchor = anchor
    return move
  }
}
