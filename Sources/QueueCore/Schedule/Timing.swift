/// The times of a schedule as given: a cron expression or an interval.
public enum Timing: Equatable, Sendable {
  /// At times of day, by the clocks of the schedule's zone.
  case cron(CronExpression)
  /// At even distances, whatever clocks show.
  case every(Interval)

  /// Its text in a store: `0 3 * * *`, `@daily`, `every 900000` with milliseconds.
  public var stored: String {
    switch self {
    case .cron(let cron): cron.text
    case .every(let interval): Self.intervalPrefix + String(interval.length.milliseconds)
    }
  }

  /// Reads the text of ``stored``.
  /// - Throws: ``InvalidJob`` for anything else.
  public init(stored text: String) throws(InvalidJob) {
    if text.hasPrefix(Self.intervalPrefix),
      let milliseconds = Int64(text.dropFirst(Self.intervalPrefix.count))
    {
      self = .every(try Interval(.milliseconds(milliseconds)))
    } else {
      self = .cron(try CronExpression(text))
    }
  }

  private static let intervalPrefix = "every "

  /// Its times in a zone.
  /// - Parameters:
  ///   - anchor: where intervals begin; cron expressions need none.
  ///   - bounds: no time is outside.
  public func recurrence(
    in zone: ZoneRules, anchor: Timestamp,
    within bounds: ClosedRange<Timestamp> = Timestamp.earliest...Timestamp.latest
  ) -> Recurrence {
    switch self {
    case .cron(let cron): Recurrence(.cron(cron, in: zone), within: bounds)
    case .every(let interval): Recurrence(.interval(interval, anchor: anchor), within: bounds)
    }
  }

  /// In English: `at 02:30 every day`, `every 15m`.
  public var words: String {
    switch self {
    case .cron(let cron): cron.words
    case .every(let interval): "every \(interval.length.text)"
    }
  }
}

/// The distance between two times of a schedule: whole seconds, from one to 366 days.
public struct Interval: Equatable, Sendable {
  /// From 1 second to 366 days.
  public let length: Duration

  /// - Throws: ``InvalidJob`` for another length.
  public init(_ length: Duration) throws(InvalidJob) {
    guard Self.lengths.contains(length), length.milliseconds % 1000 == 0 else {
      throw InvalidJob(
        field: "every", problem: "must be whole seconds from 1s to 366d, not \(length.text)")
    }
    self.length = length
  }

  private static let lengths = Duration.seconds(1)...Duration.seconds(366 * 86_400)
}
