/// A stored schedule: its definition, its next time and its totals.
public struct Schedule: Equatable, Sendable {
  /// Never reused, unlike names.
  public let id: ScheduleID
  /// By the rules of ids and queues.
  public var name: String
  /// Its definition; the anchor of an interval is set.
  public var spec: ScheduleSpec
  /// Its own delay after each due time, within the spread; whole seconds.
  public var offset: Duration
  /// When it was paused; nil if it isn't.
  public var pausedAt: Timestamp?
  /// Why its latest job couldn't be enqueued; nil if it could.
  public var problem: String?
  /// When it enqueues next, ``offset`` included; nil when it has ended.
  public var nextAt: Timestamp?
  /// The latest time that it was due, without ``offset``; nil before the first.
  public var lastAt: Timestamp?
  /// The turn: incremented when its times start over because the clock was set back.
  public var turn = 0
  /// Incremented by each change of a user.
  public var revision = 0
  /// Its totals.
  public var tally = Tally()
  /// When it was added.
  public let createdAt: Timestamp
  /// When a user last changed it.
  public var updatedAt: Timestamp

  /// The totals of a schedule so far.
  public struct Tally: Equatable, Sendable {
    /// Jobs.
    public var enqueued = 0
    /// Times that were skipped, because an earlier job was unfinished.
    public var skipped = 0
    /// Times that passed without a job.
    public var missed = 0
    /// How many times in a row were skipped, up to now.
    public var skipsInRow = 0
    /// How many jobs in a row died, up to now.
    public var failuresInRow = 0
    /// How many jobs in a row completed, up to now.
    public var successesInRow = 0
    /// When a job last completed; nil if none has.
    public var succeededAt: Timestamp?

    /// Nothing so far.
    public init() {}
  }

  /// Creates a stored schedule without totals, pause or problem.
  public init(
    id: ScheduleID, name: String, _ spec: ScheduleSpec, offset: Duration, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.spec = spec
    self.offset = offset
    self.createdAt = createdAt
    updatedAt = createdAt
  }

  /// A schedule as it is added.
  /// - Parameters:
  ///   - zone: that of the spec.
  ///   - database: a text that no other queue has, so that the same schedule on several hosts is
  ///     spread.
  /// - Throws: ``InvalidJob`` if it is never due after `now`.
  public init(
    _ new: NewSchedule, id: ScheduleID, in zone: ZoneRules, database: String, at now: Timestamp
  ) throws(InvalidJob) {
    var spec = new.spec
    if case .every = spec.timing { spec.anchor = spec.anchor ?? spec.from ?? now }
    self.init(id: id, name: new.name, spec, offset: .zero, createdAt: now)
    offset = Self.offset(
      of: new.name, in: database, spec.spread, at: now, times: recurrence(in: zone))
    pausedAt = new.pausedAt
    nextAt = try due(after: now, in: zone)
  }

  /// Its times, without ``offset``.
  public func recurrence(in zone: ZoneRules) -> Recurrence {
    let from = spec.from ?? afterAnchor
    return spec.timing.recurrence(
      in: zone, anchor: spec.anchor ?? createdAt, within: from...max(from, spec.until ?? .latest))
  }

  /// An interval isn't due at the moment of adding, whatever its delay.
  private var afterAnchor: Timestamp {
    guard case .every = spec.timing else { return .earliest }
    return (spec.anchor ?? createdAt) + .milliseconds(1)
  }

  /// The first moment after `time` at which it enqueues, ``offset`` included; nil for none.
  public func next(after time: Timestamp, in zone: ZoneRules) -> Timestamp? {
    recurrence(in: zone).next(after: time - offset).map { $0 + offset }
  }

  /// - Throws: ``InvalidJob`` if there is no such moment.
  func due(after now: Timestamp, in zone: ZoneRules) throws(InvalidJob) -> Timestamp {
    if let next = next(after: now, in: zone) { return next }
    if let until = spec.until {
      throw InvalidJob(
        field: "until", problem: "leaves no time: nothing is due between now and \(until.iso8601)")
    }
    let field = if case .cron = spec.timing { "cron" } else { "every" }
    throw InvalidJob(field: field, problem: "never happens in the zone \(spec.zone)")
  }

  /// Returns a schedule's own delay, the same on every host.
  /// - Parameter times: no delay reaches the time after the next one.
  static func offset(
    of name: String, in database: String, _ spread: Duration, at now: Timestamp, times: Recurrence
  ) -> Duration {
    var seconds = spread.components.seconds
    if let next = times.next(after: now), let second = times.next(after: next) {
      seconds = min(seconds, (second - next).components.seconds)
    }
    guard seconds > 0 else { return .zero }
    return .seconds(Int64(hash("\(database)/\(name)") % UInt64(seconds)))
  }

  /// FNV-1a, its upper half folded in, because the lowest bits are its weakest.
  /// Source: <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
  private static func hash(_ text: String) -> UInt64 {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return hash ^ hash >> 32
  }
}

/// One schedule of a store.
public struct ScheduleID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Counts up from 1 over the life of a database.
  public let number: Int64

  /// Wraps a number that a store gave out.
  public init(_ number: Int64) { self.number = number }

  /// The bare number.
  public var description: String { "\(number)" }

  /// In the order in which they were added.
  public static func < (left: ScheduleID, right: ScheduleID) -> Bool { left.number < right.number }
}
