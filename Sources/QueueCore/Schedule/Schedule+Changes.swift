/// Changes by users. None enqueues a job for a past time.
extension Schedule {
  /// Returns the schedule paused; unchanged if it already is.
  public func paused(at now: Timestamp) -> Schedule {
    guard pausedAt == nil else { return self }
    var schedule = changed(at: now)
    schedule.pausedAt = now
    return schedule
  }

  /// Returns the schedule resumed from the first time after `now`; unchanged if it isn't paused.
  public func resumed(in zone: ZoneRules, at now: Timestamp) -> Changed {
    guard pausedAt != nil else { return Changed(schedule: self) }
    var schedule = changed(at: now)
    schedule.pausedAt = nil
    schedule.spec.anchor = anchor(notAfter: now)
    return schedule.goingOn(from: self, in: zone, at: now)
  }

  /// Returns the schedule with another definition. The next time changes only with its inputs.
  ///
  /// An interval without a new anchor or a new `from` begins at `now`.
  /// - Parameters:
  ///   - spec: the new definition, already checked.
  ///   - zone: that of `spec`.
  ///   - database: see ``init(_:id:in:database:at:)``.
  /// - Throws: ``InvalidJob`` if it is never due after `now`, or `spec` isn't allowed.
  public func edited(
    to spec: ScheduleSpec, in zone: ZoneRules, database: String, at now: Timestamp
  ) throws(InvalidJob) -> Changed {
    var schedule = changed(at: now)
    schedule.spec = try spec.checked()
    schedule.problem = nil
    guard hasOtherTimes(than: spec) else { return Changed(schedule: schedule) }
    if case .every = spec.timing {
      schedule.spec.anchor =
        spec.anchor.flatMap { $0 == self.spec.anchor ? nil : $0 }
        ?? spec.from.flatMap { $0 == self.spec.from ? nil : $0 } ?? now
    }
    if spec.spread != self.spec.spread {
      schedule.offset = Self.offset(
        of: name, in: database, spec.spread, at: now, times: schedule.recurrence(in: zone))
    }
    _ = try schedule.due(after: now, in: zone)
    return schedule.goingOn(from: self, in: zone, at: now)
  }

  /// A changed schedule, and the times that the change dropped.
  public struct Changed: Equatable, Sendable {
    /// The schedule after the change.
    public var schedule: Schedule
    /// The history entry of the dropped times; nil if none were due.
    public var dropped: Occurrence?

    /// The number of dropped times; at most ``Recurrence/countLimit`` for a cron expression.
    public var passed: Int { dropped?.times ?? 0 }

    /// Both parts.
    public init(schedule: Schedule, dropped: Occurrence? = nil) {
      self.schedule = schedule
      self.dropped = dropped
    }
  }

  private func hasOtherTimes(than spec: ScheduleSpec) -> Bool {
    nextAt == nil || spec.timing != self.spec.timing || spec.zone != self.spec.zone
      || spec.anchor != self.spec.anchor || spec.from != self.spec.from
      || spec.until != self.spec.until || spec.spread != self.spec.spread
  }

  private func changed(at now: Timestamp) -> Schedule {
    var schedule = self
    schedule.revision += 1
    schedule.updatedAt = now
    return schedule
  }

  /// Moves to the first time after `now`, and drops the times that were due by `before`.
  ///
  /// If that isn't later than the last one, the clock was set back, and a new turn begins.
  private func goingOn(from before: Schedule, in zone: ZoneRules, at now: Timestamp) -> Changed {
    var schedule = self
    schedule.nextAt = mayEnqueue ? next(after: now, in: zone) : nil
    schedule.startTurnIfSetBack()
    guard let due = before.nextAt, due <= now else { return Changed(schedule: schedule) }
    let first = due - before.offset
    let last = before.recurrence(in: zone).last(notAfter: now - before.offset)
    let passed = ScheduleMove.Missed(
      at: first, through: max(first, last ?? first),
      times: before.dueCount(from: due, at: now, in: zone))
    schedule.lastAt = passed.through
    let fate = before.pausedAt == nil ? Occurrence.Fate.missed : .paused
    if fate == .missed { schedule.tally.missed += passed.times }
    return Changed(
      schedule: schedule, dropped: Occurrence(passed, fate, turn: before.turn))
  }

  /// Counts the times from the next one to `now`; the next one always counts.
  func dueCount(from due: Timestamp, at now: Timestamp, in zone: ZoneRules) -> Int {
    let first = due - offset
    return 1
      + recurrence(in: zone).count(
        from: Timestamp(milliseconds: first.milliseconds + 1), through: now - offset)
  }
}
