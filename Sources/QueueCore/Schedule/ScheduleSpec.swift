/// The definition of a schedule: when it is due, and the job that it enqueues then.
public struct ScheduleSpec: Equatable, Sendable {
  /// When it is due.
  public var timing: Timing
  /// The name of the zone by whose clocks it is due, such as `Europe/Berlin`.
  public var zone: String
  /// The start of intervals; nil for `from`, or if that is nil, the moment of adding.
  public var anchor: Timestamp?
  /// The first moment at which it may be due; nil for any.
  public var from: Timestamp?
  /// The last moment at which it may be due; nil for any.
  public var until: Timestamp?
  /// How many jobs it may still enqueue, at least 1; nil for any number.
  public var timesLeft: Int?
  /// The upper limit of the schedule's own delay after each due time; whole seconds.
  public var spread = Duration.zero
  /// The treatment of a due time while an earlier job is unfinished.
  public var overlap = Overlap.skip
  /// The treatment of times that passed while no worker ran.
  public var missed = MissedPolicy.one
  /// How many jobs ``MissedPolicy/all`` enqueues after an outage.
  public var missedLimit = 100
  /// Times that were due longer ago are never enqueued; nil for any age.
  public var late: Duration?
  /// The job, without a time of its own.
  public var job: JobSpec

  /// Allowed values of ``missedLimit``.
  public static let missedLimits = 1...1000
  /// Allowed values of ``timesLeft``.
  public static let timesRange = 1...1_000_000_000
  private static let longestDelay = Duration.seconds(366 * 86_400)

  /// A schedule without bounds, with the default policies.
  public init(_ timing: Timing, zone: String, job: JobSpec) {
    self.timing = timing
    self.zone = zone
    self.job = job
  }

  /// The same with a checked job.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  func checked() throws(InvalidJob) -> ScheduleSpec {
    try ZoneName.check(zone)
    try checkBounds()
    try checkDelays()
    guard Self.missedLimits.contains(missedLimit) else {
      throw InvalidJob(
        field: "missed_limit",
        problem: "must be from 1 to \(Self.missedLimits.upperBound), not \(missedLimit)")
    }
    guard job.runAt == nil else {
      throw InvalidJob(field: "run_at", problem: "of a schedule's job is the time it is due")
    }
    var spec = self
    spec.job = try job.checked()
    try spec.job.checkSize()
    return spec
  }

  private func checkBounds() throws(InvalidJob) {
    if let from, let until, until < from {
      throw InvalidJob(field: "until", problem: "must not be before from")
    }
    if let timesLeft, !Self.timesRange.contains(timesLeft) {
      throw InvalidJob(
        field: "times_left",
        problem: "must be from 1 to \(Self.timesRange.upperBound), not \(timesLeft)")
    }
    if anchor != nil, case .cron = timing {
      throw InvalidJob(field: "anchor", problem: "is only for \"every\", not for \"cron\"")
    }
  }

  private func checkDelays() throws(InvalidJob) {
    guard (.zero...Self.longestDelay).contains(spread), spread.milliseconds % 1000 == 0 else {
      throw InvalidJob(
        field: "spread", problem: "must be whole seconds, at most 366d, not \(spread.text)")
    }
    if let late, !(.seconds(1)...Self.longestDelay).contains(late) {
      throw InvalidJob(field: "late", problem: "must be from 1s to 366d, not \(late.text)")
    }
  }

  /// Consequences that the user may not expect, one sentence each.
  /// - Parameters:
  ///   - zone: that of ``zone``.
  ///   - settings: those in force.
  public func notes(in zone: ZoneRules, settings: Settings, at now: Timestamp) -> [String] {
    var notes = TimingNotes.about(timing, in: zone, at: now)
    if overlap == .skip, job.timeout == nil, settings.timeout == nil {
      notes.append("without a time limit, a run that hangs stops all later ones; set --timeout")
    }
    return notes
  }

  /// In English: `at 02:30 every day, Europe/Berlin`; intervals have no zone.
  public var words: String {
    if case .cron = timing { "\(timing.words), \(zone)" } else { timing.words }
  }
}

/// A schedule that may be stored: every field was checked.
public struct NewSchedule: Equatable, Sendable {
  /// By the rules of ids and queues.
  public let name: String
  /// Its definition.
  public let spec: ScheduleSpec
  /// When it was paused; nil if it isn't.
  public var pausedAt: Timestamp?

  /// Checks name and definition.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(
    name: String, _ spec: ScheduleSpec, pausedAt: Timestamp? = nil
  ) throws(InvalidJob) {
    try Name.check(name, field: "name")
    self.name = name
    self.spec = try spec.checked()
    self.pausedAt = pausedAt
  }
}
