/// The moments at which a schedule is due: an endless, ordered row of times, within its bounds.
public struct Recurrence: Equatable, Sendable {
  /// The source of the times.
  public enum Rule: Equatable, Sendable {
    /// Local times of a zone.
    case cron(CronExpression, in: ZoneRules)
    /// The anchor, and every so long after it.
    case interval(Interval, anchor: Timestamp)
  }

  /// The source of the times.
  public let rule: Rule
  /// No time is outside.
  public let bounds: ClosedRange<Timestamp>

  /// - Parameter bounds: nothing is ever due before 0001 or after 9999.
  public init(
    _ rule: Rule, within bounds: ClosedRange<Timestamp> = Timestamp.earliest...Timestamp.latest
  ) {
    self.rule = rule
    self.bounds = bounds.clamped(to: Timestamp.earliest...Timestamp.latest)
  }

  /// The first time that is later.
  /// - Returns: nil if none is within the bounds, or within 400 years.
  public func next(after time: Timestamp) -> Timestamp? {
    let time = max(time, Timestamp(milliseconds: bounds.lowerBound.milliseconds - 1))
    guard time < bounds.upperBound, let next = unbounded(after: time) else { return nil }
    return next <= bounds.upperBound ? next : nil
  }

  /// How many times there are from one moment to another, both included.
  ///
  /// Those of a cron expression are counted one by one, no further than ``countLimit``.
  public func count(from first: Timestamp, through last: Timestamp) -> Int {
    let before = Timestamp(milliseconds: max(first, bounds.lowerBound).milliseconds - 1)
    let last = min(last, bounds.upperBound)
    guard last > before else { return 0 }
    switch rule {
    case .interval(let interval, let anchor):
      let counted = Self.steps(of: interval, from: anchor, to: last) ?? -1
      return Int(counted - (Self.steps(of: interval, from: anchor, to: before) ?? -1))
    case .cron(let cron, let zone):
      let end = last.milliseconds.floorDivided(by: 1000)
      var count = 0
      var times = CronTimes(cron, in: zone, after: before.milliseconds.floorDivided(by: 1000))
      while count < Self.countLimit, let time = times.next(), time <= end { count += 1 }
      return count
    }
  }

  /// Where counting stops: two years of minutes.
  public static let countLimit = 1_000_000

  /// Returns the last time up to `time`; nil if none is within the 400 years before.
  public func last(notAfter time: Timestamp) -> Timestamp? {
    let time = min(time, bounds.upperBound)
    guard var found = someTime(notAfter: time) else { return nil }
    var end = time
    while found < end {
      let middle = Timestamp(
        milliseconds: end.milliseconds - (end.milliseconds - found.milliseconds) / 2 - 1)
      if let next = next(after: middle), next <= time { found = next } else { end = middle }
    }
    return found
  }

  /// Looks further and further back.
  private func someTime(notAfter time: Timestamp) -> Timestamp? {
    var window: Int64 = 3_600_000
    while window < 2 * CronExpression.daysOfCycle * 86_400_000 {
      let start = Timestamp(bounded: time.milliseconds - window)
      if let next = next(after: start), next <= time { return next }
      window *= 2
    }
    return nil
  }

  private func unbounded(after time: Timestamp) -> Timestamp? {
    switch rule {
    case .interval(let interval, let anchor):
      let steps = (Self.steps(of: interval, from: anchor, to: time) ?? -1) + 1
      return anchor + interval.length * Int(steps)
    case .cron(let cron, let zone):
      var times = CronTimes(cron, in: zone, after: time.milliseconds.floorDivided(by: 1000))
      return times.next().map { Timestamp(milliseconds: $0 * 1000) }
    }
  }

  /// How many whole intervals lie between; nil before the anchor.
  private static func steps(
    of interval: Interval, from anchor: Timestamp, to time: Timestamp
  ) -> Int64? {
    time < anchor ? nil : (time - anchor).milliseconds / interval.length.milliseconds
  }
}

/// The moments of a cron expression in a zone, in seconds since 1970, one after the other.
private struct CronTimes {
  private let cron: CronExpression
  private let zone: ZoneRules
  private var span: ZoneRules.Span
  /// The local time checked last.
  private var local: Int64
  private var latest: Int64
  /// The end of the search, 400 years on: without a time until then, none exists.
  private let end: Int64

  init(_ cron: CronExpression, in zone: ZoneRules, after moment: Int64) {
    self.cron = cron
    self.zone = zone
    span = zone.span(at: moment)
    local = moment + span.offset
    latest = moment
    end = moment + CronExpression.daysOfCycle * 86_400
  }

  mutating func next() -> Int64? { cron.followsClock ? nextShown() : nextFixed() }

  /// Every moment at which clocks show a time, span by span.
  private mutating func nextShown() -> Int64? {
    while span.start < end {
      if let found = cron.firstMinute(after: local, before: span.localEnd) {
        local = found
        return found - span.offset
      }
      guard span.end < end else { return nil }
      span = zone.span(at: span.end)
      local = span.start + span.offset - 1
    }
    return nil
  }

  /// The first moment for each time. A gap's end stands for all times in it, once.
  private mutating func nextFixed() -> Int64? {
    while let found = cron.firstMinute(after: local, before: ZoneRules.distantFuture) {
      local = found
      if let moment = moment(showing: found), moment > latest {
        latest = moment
        return moment
      }
    }
    return nil
  }

  private mutating func moment(showing local: Int64) -> Int64? {
    // Far from the span's start, no earlier clock shows the same time.
    let moment = local - span.offset
    if moment >= span.start + 2 * ZoneRules.reach, moment < span.end { return moment }
    switch zone.first(showing: local) {
    case .at(let moment):
      span = zone.span(at: moment)
      return moment
    case .skipped(let change, let gap): return gap <= CronExpression.longestGap ? change : nil
    }
  }
}
