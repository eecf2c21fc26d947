/// A fault of a schedule, derived from the schedule and the time alone.
public enum ScheduleFault: Equatable, Sendable {
  /// Its latest job couldn't be enqueued: the reason.
  case broken(String)
  /// It has been due for this long, and no worker has enqueued its job.
  case late(Duration)
  /// So many times in a row were skipped, because an earlier job was unfinished.
  case skipping(Int)
  /// So many jobs in a row died.
  case failing(Int)
  /// No job has completed for this long; when the last one did, or nil if none ever has. Negative
  /// if that is still to come, because the clock was set back.
  case overdue(Duration, success: Timestamp?)
  /// It has been paused since then.
  case paused(since: Timestamp)
  /// It is never due again.
  case ended
}

/// What counts as a fault of a schedule.
public struct ScheduleCheck: Equatable, Sendable {
  /// How late it may be.
  public var lateLimit: Duration
  /// How long ago its last success may be, or its addition before the first; nil for any time.
  public var within: Duration?
  /// Whether a pause or an end is a fault. If not, a paused schedule has none.
  public var mustGoOn = false

  /// More times than this skipped in a row are a fault.
  public static let skipLimit = 3
  /// For tables and counts: up to a minute late is on time.
  public static let display = ScheduleCheck(lateLimit: .seconds(60))

  /// A check that allows for a restart of the workers.
  public init(lateLimit: Duration = .seconds(300), within: Duration? = nil) {
    self.lateLimit = lateLimit
    self.within = within
  }
}

extension Schedule {
  /// How long it has been due; nil if it is paused, has ended or isn't due yet.
  public func lateness(at now: Timestamp) -> Duration? {
    guard pausedAt == nil, let nextAt, nextAt <= now else { return nil }
    return now - nextAt
  }

  /// Returns its faults, the most urgent one first; empty for none.
  public func faults(_ check: ScheduleCheck, at now: Timestamp) -> [ScheduleFault] {
    if let pausedAt { return check.mustGoOn ? [.paused(since: pausedAt)] : [] }
    var faults: [ScheduleFault] = []
    if let problem { faults.append(.broken(problem)) }
    if let late = lateness(at: now), late > check.lateLimit { faults.append(.late(late)) }
    if tally.skipsInRow > ScheduleCheck.skipLimit { faults.append(.skipping(tally.skipsInRow)) }
    if tally.failuresInRow > 0 { faults.append(.failing(tally.failuresInRow)) }
    if let within = check.within, nextAt != nil || check.mustGoOn {
      let age = now - (tally.succeededAt ?? createdAt)
      if age > within || age < .zero - within {
        faults.append(.overdue(age, success: tally.succeededAt))
      }
    }
    if check.mustGoOn, nextAt == nil { faults.append(.ended) }
    return faults
  }
}
