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
    /// Times that were due and are never enqueued; of a cron expression no more than
    /// ``Recurrence/countLimit``.
    public var passed = 0

    /// Both parts.
    public init(schedule: Schedule, passed: Int = 0) {
      self.schedule = schedule
      self.passed = passed
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
  private func goingOn(from before: Schedule, in zone: ZoneRules, at now: Timestamp) -> Changed {
    var schedule = self
    schedule.nextAt = next(after: now, in: zone)
    guard let due = before.nextAt, due <= now else { return Changed(schedule: schedule) }
    return Changed(schedule: schedule, passed: before.dueCount(from: due, at: now, in: zone))
  }

  /// How many times it is due from its next one, which always counts, to `now`.
  func dueCount(from due: Timestamp, at now: Timestamp, in zone: ZoneRules) -> Int {
    let first = due - offset
    return 1
      + recurrence(in: zone).count(
        from: Timestamp(milliseconds: first.milliseconds + 1), through: now - offset)
  }
}
