/// The changes that users make. None enqueues a job for a time that is past.
extension Schedule {
  /// The same, paused; as it was if it is paused already.
  public func paused(at now: Timestamp) -> Schedule {
    guard pausedAt == nil else { return self }
    var schedule = changed(at: now)
    schedule.pausedAt = now
    return schedule
  }

  /// The same, going on with the first time after `now`; as it was if it isn't paused.
  public func resumed(in zone: ZoneRules, at now: Timestamp) -> Changed {
    guard pausedAt != nil else { return Changed(schedule: self) }
    var schedule = changed(at: now)
    schedule.pausedAt = nil
    schedule.spec.anchor = anchor(notAfter: now)
    return schedule.goingOn(from: self, in: zone, at: now)
  }

  /// The same as `spec` has it. The next time stays unless something that it follows from changes.
  ///
  /// An interval that gets neither a new anchor nor a new `from` begins at `now`.
  /// - Parameters:
  ///   - spec: checked.
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

  /// A changed schedule, and the number of times that the change dropped.
  public struct Changed: Equatable, Sendable {
    /// After the change.
    public var schedule: Schedule
    /// An entry for the times that were due and never get a job; nil for none.
    public var dropped: Occurrence?

    /// How many times were due and never get a job; of a cron expression no more than
    /// ``Recurrence/countLimit``.
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

  /// With the first time after `now`; the times that were due by `before` are dropped.
  ///
  /// A first time that isn't later than the last one begins another turn: the clock was set back.
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

  /// How many times it is due from its next one, which always counts, to `now`.
  func dueCount(from due: Timestamp, at now: Timestamp, in zone: ZoneRules) -> Int {
    let first = due - offset
    return 1
      + recurrence(in: zone).count(
        from: Timestamp(milliseconds: first.milliseconds + 1), through: now - offset)
  }
}
